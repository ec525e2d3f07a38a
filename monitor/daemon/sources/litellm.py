"""A LiteLLM proxy: what its days cost by model, team and key, and the tightest budget of the key, its user or its team.

A key of a user tells that user's days, one of an administrator those of the whole proxy. Days are in UTC and never
reset, while a key's own `spend` starts again with its budget: it serves only where the days are not told. Key, user and
team tell of the same money, which is never added. `/health` is never asked: it sends a billed request to every model.

Source: https://docs.litellm.ai/docs/proxy/cost_tracking
Source: https://docs.litellm.ai/docs/proxy/virtual_keys
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

import structlog

from monitor.core.errors import SourceDrifted, SourceError, SourceRefused
from monitor.core.spending.readings import Observation, Quota, Reading
from monitor.core.windows import FOREVER
from monitor.daemon.answers import Answer
from monitor.daemon.http import Http
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.calendar import Calendar
from monitor.daemon.sources.daily import readings_since
from monitor.daemon.sources.kind import LIVE, UTC, Endpoint, Kind
from monitor.daemon.sources.polled import Polled, from_root, observation
from monitor.daemon.sources.shapes.costs import Costs, Part, total
from monitor.daemon.sources.shapes.figures import Figure, Limits
from monitor.daemon.sources.shapes.limits import tightest
from monitor.daemon.sources.shapes.litellm import activity, budget, has_more, spend_of_key, teams
from monitor.daemon.sources.shapes.numbers import label
from monitor.daemon.sources.shapes.places import at

KEY, USER, TEAM, DAYS = "key/info", "user/info", "team/info", "user/daily/activity"
PAGE_SIZE = 1000
MOST_PAGES = 200
# Rows are written in batches, and may be late; what is corrected later is found by the read of everything, once a day.
MOVING = timedelta(days=3)

log = structlog.get_logger()


class LiteLLM(Polled):
    def __init__(self, account: Account, http: Http) -> None:
        super().__init__(account, http)
        self._known: Costs = {}
        self._read_whole: date | None = None
        self._days_are_told: bool | None = None
        self._closed: set[str] = set()

    async def observe(self, now: datetime) -> Observation:
        # An administrator's master key is not in the table of keys.
        key = await self.get_if_there(KEY)
        limits, names = await self._holders(key.body) if key else ([], {})
        nearest = tightest(limits)
        quota = Quota(None, None) if nearest is None else self.quota(nearest)
        days = await self._days(key, self.calendar(now))
        if days is not None:
            seen = observation(days[0], days[1], quota=quota, complete=True)
            projects = {reading.project for reading in seen.readings}
            return replace(seen, names={team: name for team, name in names.items() if team in projects})
        if key is None:
            raise SourceDrifted(f"404: this is no LiteLLM proxy: check {self._account.variable('base_url')}")
        return observation(key, (Reading(FOREVER, self.money(spend_of_key(key.body))),), quota=quota)

    async def _days(self, key: Answer | None, calendar: Calendar) -> tuple[Answer, tuple[Reading, ...]] | None:
        """Return the days: all of them once a day, else those that still move; None where the key may not read them."""
        if self._days_are_told is False:
            return None
        first = calendar.today - MOVING if self._read_whole == calendar.today else calendar.last_month[0]
        try:
            read = await self._read(first, calendar.today, label(at(key.body, "info.user_id")) if key else None)
        except SourceRefused:
            if key is None or self._days_are_told:
                raise
            read = None
        self._days_are_told = read is not None
        if read is None:
            return None
        answer, costs = read
        kept = {part: told for part, told in self._known.items() if calendar.last_month[0] <= part.day < first}
        self._known, self._read_whole = {**kept, **costs}, calendar.today
        return answer, readings_since(self._known, calendar, self.money, first)

    async def _read(self, first: date, last: date, user: str | None) -> tuple[Answer, Costs] | None:
        """Return what all pages of the days tell; None where there is no such endpoint."""
        question = {"start_date": str(first), "end_date": str(last), "page_size": str(PAGE_SIZE)}
        question.update({"user_id": user} if user else {})
        costs: dict[Part, Figure] = {}
        for page in range(1, MOST_PAGES + 1):
            answer = await self.get_if_there(DAYS, {**question, "page": str(page)})
            if answer is None:
                return None
            costs = total([*costs.items(), *activity(answer.body)])
            if not has_more(answer.body):
                return answer, costs
            log.info("reading history", source=self._account.name, pages=page, parts=len(costs))
        raise SourceDrifted(f"the days go on after {MOST_PAGES} pages of {PAGE_SIZE} rows")

    async def _holders(self, key: object) -> tuple[list[Limits], Mapping[str, str]]:
        """Return the budgets of the key, its user and its team, which can stop it, and the names of teams by their ID.

        Both as far as the key may read them.
        """
        user, team = label(at(key, "info.user_id")), label(at(key, "info.team_id"))
        told = await asyncio.gather(
            *(
                self.attempt(self._holder(path, {f"{name}_id": holder}, f"{name}_info"))
                for path, name, holder in ((USER, "user", user), (TEAM, "team", team))
                if holder and path not in self._closed
            )
        )
        known = [(budget(key, "info"), {}), *(one for one in told if not isinstance(one, SourceError))]
        names = {team: name for _, names in known for team, name in names.items()}
        return [limits for limits, _ in known if limits is not None], names

    async def _holder(
        self, path: str, params: Mapping[str, str], holder: str
    ) -> tuple[Limits | None, Mapping[str, str]]:
        try:
            answer = await self.get_if_there(path, params)
        except SourceRefused:
            answer = None
        if answer is None:
            self._closed.add(path)
            return None, {}
        return budget(answer.body, holder), dict(teams(answer.body))


def _endpoints(account: Account, now: datetime) -> tuple[Endpoint, ...]:
    today = Calendar.at(now, UTC).today
    params = {"start_date": str(today), "end_date": str(today)}
    return (Endpoint(from_root(account, KEY)), Endpoint(from_root(account, DAYS), params, f"{DAYS}, today"))


KIND = Kind(
    factory=LiteLLM,
    base_url=None,
    key="a virtual key of the proxy, or for all of its keys one of an administrator",
    lateness=timedelta(minutes=1),
    grain=LIVE,
    breakdowns=("model", "project", "key"),
    endpoints=_endpoints,
)
