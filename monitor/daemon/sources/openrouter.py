"""OpenRouter: what a key has used, or with a management key the credits, keys and past days of the whole account.

`/key` serves any key, is at most a minute old and counts days, weeks (from Monday) and months in UTC.
A management key opens `/credits` (total_credits - total_usage is the balance), `/keys` (the usage of each key) and
`/activity` (by model, the last 30 days that have ended: never today). All amounts are US dollars.

Source: https://openrouter.ai/docs/api/api-reference/api-keys/get-current-key
Source: https://openrouter.ai/docs/api/api-reference/credits/get-credits
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from monitor.core.errors import SourceDrifted, SourceError, SourceUnavailable
from monitor.core.spending.readings import Observation, Quota, Reading
from monitor.core.windows import FOREVER
from monitor.daemon.http import Http
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.calendar import Calendar
from monitor.daemon.sources.daily import day_readings
from monitor.daemon.sources.kind import LIVE, Kind
from monitor.daemon.sources.polled import Polled, asked, observation
from monitor.daemon.sources.shapes.costs import Costs, days_of
from monitor.daemon.sources.shapes.openrouter import KeyUsage, activity, by_name, credits_of, keys, own_key

MOST_PAGES = 50
ACTIVITY_EVERY = timedelta(hours=1)
TOLD_BACK = timedelta(days=30)


class OpenRouter(Polled):
    def __init__(self, account: Account, http: Http) -> None:
        super().__init__(account, http)
        self._past: Costs = {}
        self._refreshed_at: datetime | None = None

    async def observe(self, now: datetime) -> Observation:
        answer = await self.get("v1/key")
        key = own_key(answer.body)
        if key.manages:
            return await self._whole_account(now)
        return observation(answer, self._windows(key, self.calendar(now)), quota=self.quota(key.limits))

    async def _whole_account(self, now: datetime) -> Observation:
        """Return the account; what it may not read beside its credits is the observation's error.

        Past days are given only beside today's figure: among them alone, the growth of the day would be lost. And where
        the keys do not answer just now, nothing is told: the lifetime alone would tell of the same growth once more.
        """
        calendar = self.calendar(now)
        answer = await self.get("v1/credits")
        bought, used = credits_of(answer.body)
        every, past = await asyncio.gather(self.attempt(self._keys()), self.attempt(self._refresh(now)))
        if isinstance(every, SourceUnavailable):
            raise every
        readings = [Reading(FOREVER, self.money(used))]
        if not isinstance(every, SourceError):
            readings += [reading for key in every for reading in self._windows(key, calendar, key.name)]
            # A sum of keys that do not tell their day, or of none, would look like a day that cost nothing.
            if every and all(None not in (key.today, key.week, key.month) for key in every):
                readings += self._totals(every, calendar)
        failures = [told for told in (every, past) if isinstance(told, SourceError)]
        # An account of the free tier never bought credit, and its zero is no empty purse.
        balance = self.money(bought - used) if bought else None
        return observation(answer, readings, quota=Quota(None, None), balance=balance, error=next(iter(failures), None))

    async def _keys(self) -> Sequence[KeyUsage]:
        """Return all keys, page by page until one brings nothing new; those of one name as one."""
        found: dict[str, KeyUsage] = {}
        for _ in range(MOST_PAGES):
            answer = await self.get("v1/keys", {"offset": str(len(found))})
            page = {hashed: key for hashed, key in keys(answer.body) if hashed not in found}
            if not page:
                return by_name(found.values())
            found.update(page)
        raise SourceDrifted(f"the list of keys goes on after {MOST_PAGES} pages")

    async def _refresh(self, now: datetime) -> None:
        """Ask for the days that have ended, which hardly change, once an hour."""
        if self._refreshed_at is None or not timedelta(0) <= now - self._refreshed_at < ACTIVITY_EVERY:
            self._past = activity((await self.get("v1/activity")).body)
            self._refreshed_at = now

    def _windows(self, key: KeyUsage, calendar: Calendar, name: str | None = None) -> list[Reading]:
        told = (
            (FOREVER, key.lifetime),
            (calendar.day(calendar.today), key.today),
            (calendar.week(calendar.today), key.week),
            (calendar.month(calendar.today), key.month),
        )
        return [Reading(span, self.money(cost), key=name) for span, cost in told if cost is not None]

    def _totals(self, every: Sequence[KeyUsage], calendar: Calendar) -> list[Reading]:
        """Return today, the past days, this week and this month of the whole account.

        Keys that were deleted are missing from the keys, and yesterday may still be missing from the days: each sum
        is at most what was spent, so the larger is nearer.
        """
        past = {day: figure.cost for day, figure in days_of(self._past).items() if day < calendar.today}
        today = _sum(key.today for key in every)
        readings = [Reading(calendar.day(calendar.today), self.money(today))]
        if past:
            first = calendar.today - TOLD_BACK
            readings += day_readings(self._past, calendar, self.money, first, max(past))
        for first, span, of_keys in (
            (calendar.monday, calendar.week(calendar.today), _sum(key.week for key in every)),
            (calendar.first, calendar.month(calendar.today), _sum(key.month for key in every)),
        ):
            of_days = today + _sum(cost for day, cost in past.items() if day >= first)
            readings.append(Reading(span, self.money(max(of_days, of_keys))))
        return readings


def _sum(costs: Iterable[Decimal | None]) -> Decimal:
    return sum((cost for cost in costs if cost is not None), Decimal(0))


KIND = Kind(
    factory=OpenRouter,
    base_url="https://openrouter.ai/api/v1",
    key="an API key from openrouter.ai/settings/keys, or for the whole account a management key from "
    "openrouter.ai/settings/management-keys",
    lateness=timedelta(minutes=1),
    grain=LIVE,
    breakdowns=("model", "key"),
    endpoints=asked("v1/key", "v1/credits", "v1/keys", "v1/activity"),
)
