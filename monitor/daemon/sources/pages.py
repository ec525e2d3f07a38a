"""A list that comes in pages, `{"data": [...], "has_more": ..., "next_page": ...}`: all of it or an error."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import structlog

from monitor.core.errors import SourceDrifted
from monitor.daemon.answers import Answer
from monitor.daemon.http import Http
from monitor.daemon.sources.shapes.numbers import JsonObject, keys_of, kind_of, objects
from monitor.daemon.wire import Parameters

MOST_PAGES = 200
GONE = 410

Kept = TypeVar("Kept")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Pages(Generic[Kept]):
    """What was kept of each page, in their order. `reached`: the provider refuses as money ran out, and lists none."""

    kept: tuple[Kept, ...]
    received_at: datetime
    latency: timedelta
    reached: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Every row, in the order in which they came; `reached` as with pages."""

    rows: tuple[JsonObject, ...]
    received_at: datetime
    latency: timedelta
    reached: bool = False


async def read_all(http: Http, path: str, params: Parameters, *, source: str) -> Listing:
    """Return the rows of all pages; as `read_pages`."""
    pages = await read_pages(http, path, params, tuple[JsonObject, ...], source=source)
    rows = tuple(row for page in pages.kept for row in page)
    return Listing(rows, pages.received_at, pages.latency, pages.reached)


async def read_pages(
    http: Http, path: str, params: Parameters, keep: Callable[[list[JsonObject]], Kept], *, source: str
) -> Pages[Kept]:
    """Return what `keep` makes of the rows of each page: large pages need not be held all at once.

    A part is never returned: a sum over it would be too small, and look like a good one. `source` is for the log, which
    tells of a long read as it goes on.

    Raises:
        SourceError: a page that could not be read, a cursor that repeats, or pages without an end.
    """
    try:
        return await _follow(http, path, params, keep, source)
    except _CursorExpiredError:
        return await _follow(http, path, params, keep, source)


async def _follow(
    http: Http, path: str, params: Parameters, keep: Callable[[list[JsonObject]], Kept], source: str
) -> Pages[Kept]:
    kept: list[Kept] = []
    seen: set[str] = set()
    cursor: str | None = None
    while len(seen) < MOST_PAGES:
        answer = await http.get_json(path, params if cursor is None else {**params, "page": cursor})
        if answer.limit_reached:
            return Pages((), answer.received_at, answer.latency, reached=True)
        if answer.status == GONE and cursor is not None:
            raise _CursorExpiredError("the pages changed while they were read")
        if not answer.ok:
            raise http.failure(answer)
        page = _page(answer, http)
        kept.append(keep(_rows(page)))
        cursor = _next(page, seen)
        if cursor is None:
            return Pages(tuple(kept), answer.received_at, answer.latency)
        seen.add(cursor)
        log.info("reading history", source=source, pages=len(seen))
    raise SourceDrifted(f"more than {MOST_PAGES} pages, and still no end")


class _CursorExpiredError(SourceDrifted):
    """What stood on the next page has moved: only a new read from the first one is whole."""


def _page(answer: Answer, http: Http) -> JsonObject:
    if not isinstance(answer.body, dict):
        raise SourceDrifted(f"the answer is {kind_of(answer.body)} where an object belongs")
    if not isinstance(answer.body.get("data"), list):
        found = http.clean(keys_of(answer.body))
        raise SourceDrifted(f"data is {kind_of(answer.body.get('data'))} where a list belongs; the answer is {found}")
    return answer.body


def _rows(page: JsonObject) -> list[JsonObject]:
    rows = page["data"]
    found = objects(rows)
    if not isinstance(rows, list) or len(found) < len(rows):
        raise SourceDrifted("an entry of data is not an object")
    return found


def _next(page: JsonObject, seen: set[str]) -> str | None:
    """Return the cursor of the next page; None where this was the last."""
    more, cursor = page.get("has_more"), page.get("next_page")
    if more is False or (more is None and cursor is None):
        return None
    if not isinstance(cursor, str) or not cursor:
        raise SourceDrifted("has_more says that there are more pages, and next_page names none")
    if cursor in seen:
        raise SourceDrifted("next_page names a page that was read already")
    return cursor
