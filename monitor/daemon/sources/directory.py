"""What an organization calls its projects and keys, from the provider's own lists of them."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from monitor.core.errors import EndpointMissing, SourceDrifted, SourceError, SourceUnavailable
from monitor.daemon.http import Http
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.kind import DAY, HOUR, Endpoint
from monitor.daemon.sources.report import versioned
from monitor.daemon.sources.shapes.numbers import JsonObject, keys_of, label, objects

# So many projects are asked for their keys in one look, and so many pages are read of a list.
MOST_PROJECTS, MOST_PAGES = 50, 50

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Lists:
    """Where a provider lists its projects and its keys; `{project}` in the path of `keys` stands for each in use.

    `cursor` is the parameter that takes the last ID of the page before.
    """

    projects: Endpoint
    keys: Endpoint
    cursor: str


class Directory:
    """One account's names. They are asked for once a day, and when an ID turns up that was never looked for.

    Nothing depends on them: where the key may not see them, or they cannot be read, the IDs stay.
    """

    def __init__(self, account: Account, http: Http, lists: Lists) -> None:
        self._account, self._http, self._lists = account, http, lists
        self._looked_for: frozenset[str] = frozenset()
        self._again: datetime | None = None

    async def fetch(self, now: datetime, projects: Collection[str], keys: Collection[str]) -> Mapping[str, str]:
        """Return the names of all projects and keys that were in use, by ID, as far as they are asked for and known."""
        wanted = self._looked_for.union(projects, keys)
        if self._again is not None and now < self._again and wanted == self._looked_for:
            return {}
        self._looked_for, self._again = wanted, now + DAY
        names: dict[str, str] = {}
        try:
            names |= await self._list(self._lists.projects)
            for keys_of_some in self._key_lists(sorted(set(projects) & names.keys())):
                with suppress(EndpointMissing):  # Of a project that is archived, perhaps.
                    names |= await self._list(keys_of_some)
        except EndpointMissing:
            pass  # Older and compatible servers have no names.
        except SourceError as error:
            if isinstance(error, SourceUnavailable):
                self._again = now + HOUR
            log.info("names cannot be read", source=self._account.name, error=self._http.clean(str(error)))
        return {one: name for one, name in names.items() if one in wanted}

    def _key_lists(self, projects: Collection[str]) -> Iterator[Endpoint]:
        keys = self._lists.keys
        if "{project}" not in keys.path:
            yield keys
            return
        for project in list(projects)[:MOST_PROJECTS]:
            yield replace(keys, path=keys.path.format(project=project))

    async def _list(self, listed: Endpoint) -> Mapping[str, str]:
        """Return the names on all pages; raise SourceError where they cannot be read."""
        names: dict[str, str] = {}
        path, params = versioned(self._account, listed.path), dict(listed.params)
        for _ in range(MOST_PAGES):
            answer = await self._http.get_json(path, params)
            if not answer.ok:
                raise self._http.failure(answer)
            body = answer.body
            if not isinstance(body, dict) or not isinstance(body.get("data"), list):
                raise SourceDrifted(f"a list of names is {keys_of(body)}")
            names |= dict(_named(objects(body["data"])))
            last = body.get("last_id")
            if body.get("has_more") is not True or not isinstance(last, str) or params.get(self._lists.cursor) == last:
                return names
            params[self._lists.cursor] = last
        return names


def _named(rows: Collection[JsonObject]) -> Iterator[tuple[str, str]]:
    for row in rows:
        identity, name = label(row.get("id")), label(row.get("name"))
        if identity and name:
            yield identity, name
