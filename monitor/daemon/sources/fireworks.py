"""Fireworks AI: the billing summary of an account, by day and model.

Amounts are `currencyCode`, whole `units` in a string, and billionths in `nanos`; either may be absent. Days are in UTC,
and the end of what is asked for is excluded. An account that does not exist has an empty bill and no error, so the
account is looked up first; with several, `FIELDS__ACCOUNT` names the one to watch. Nothing tells what is left.

Source: https://docs.fireworks.ai/api-reference/get-billing-summary
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

from monitor.core.errors import SourceDrifted
from monitor.core.money import Money
from monitor.core.spending.readings import Observation, Reading
from monitor.daemon.answers import Answer
from monitor.daemon.http import Http
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.calendar import Calendar
from monitor.daemon.sources.daily import ZERO, day_readings, since
from monitor.daemon.sources.kind import DAY, Kind
from monitor.daemon.sources.polled import Polled, asked, observation
from monitor.daemon.sources.shapes.costs import Costs, Part
from monitor.daemon.sources.shapes.fireworks import PREFIX, Bill, days, names, whole

ACCOUNTS = "v1/accounts"


class Fireworks(Polled):
    def __init__(self, account: Account, http: Http) -> None:
        super().__init__(account, http)
        self._slug: str | None = None
        self._backfilled = False
        self._foreign: set[str] = set()

    async def observe(self, now: datetime) -> Observation:
        if self._slug is None:
            self._slug = self._choose(names((await self.get(ACCOUNTS)).body))
        calendar = self.calendar(now)
        self._foreign.clear()
        answer, readings = await self._span(calendar.first, calendar.today, calendar)
        if since(calendar, first_time=not self._backfilled) < calendar.first:
            readings += (await self._span(*calendar.last_month, calendar))[1]
        self._backfilled = True
        others = ", ".join(sorted(self._foreign))
        error = SourceDrifted(f"some is billed in {others}, which is not counted") if others else None
        return observation(answer, readings, error=error, complete=True)

    async def _span(self, first: date, last: date, calendar: Calendar) -> tuple[Answer, list[Reading]]:
        """Return the readings of one month until `last`; its days where they are told, and else today's alone."""
        answer = await self._summary(first, last)
        costs = self._own(whole(answer.body, first))
        whole_month = {Part(first): ZERO, **costs}
        readings = [
            Reading(calendar.month(first), self._money(figure.cost), part.model) for part, figure in whole_month.items()
        ]
        by_day = days(answer.body)
        if by_day is not None or not costs:
            readings += day_readings(self._own(by_day or {}), calendar, self._money, first, last)
        elif last == calendar.today:
            told = self._own(whole((await self._summary(last, last)).body, last))
            readings += day_readings(told, calendar, self._money, last, last)
        return answer, readings

    async def _summary(self, first: date, last: date) -> Answer:
        end = last + timedelta(days=1)
        params = {"startTime": f"{first}T00:00:00Z", "endTime": f"{end}T00:00:00Z", "granularity": "DAILY"}
        return await self.get(f"{ACCOUNTS}/{quote(self._slug or '', safe='')}/billing/summary", params)

    def _own(self, bill: Bill) -> Costs:
        """Return what is billed in the account's currency, and note the others."""
        self._foreign |= bill.keys() - {self._account.currency}
        return bill.get(self._account.currency, {})

    def _money(self, amount: Decimal) -> Money:
        return self.money(amount, self._account.currency)

    def _choose(self, found: Sequence[str]) -> str:
        wanted = self._account.fields.get("account", "").removeprefix(PREFIX)
        if wanted in found or (len(found) == 1 and not wanted):
            return wanted or found[0]
        raise SourceDrifted(
            f"the key sees the accounts {', '.join(found) or '(none)'}: "
            f"set {self._account.variable('fields__account')} to the one to watch"
        )


KIND = Kind(
    factory=Fireworks,
    base_url="https://api.fireworks.ai",
    key="an API key of the account, from app.fireworks.ai/settings/users/api-keys",
    interval=timedelta(minutes=5),
    lateness=None,
    grain=DAY,
    breakdowns=("model",),
    endpoints=asked(ACCOUNTS),
)
