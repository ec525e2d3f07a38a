"""DeepSeek: `GET /user/balance`, what is left on the account in each currency. It tells no usage to a key.

A row for each currency, amounts as decimal strings. `is_available: false` means that requests are refused.

Source: https://api-docs.deepseek.com/api/get-user-balance
"""

from datetime import datetime, timedelta
from decimal import Decimal

from monitor.core.errors import SourceDrifted
from monitor.core.spending.readings import Observation, Quota
from monitor.daemon.sources.kind import LIVE, Kind
from monitor.daemon.sources.polled import Polled, asked, observation
from monitor.daemon.sources.shapes.numbers import label, number
from monitor.daemon.sources.shapes.places import at, rows_at

BALANCE = "user/balance"


class DeepSeek(Polled):
    """One account in one currency; one that pays in two is two sources with the same key."""

    async def observe(self, now: datetime) -> Observation:  # noqa: ARG002
        answer = await self.get(BALANCE)
        currency = self._account.currency
        left = balances(answer.body)
        others = ", ".join(other for other, amount in left.items() if other != currency and amount > 0)
        if currency not in left or (others and left[currency] == 0):
            raise SourceDrifted(
                f"the account has no money in {currency}, and some in {others}: "
                f"set {self._account.variable('currency')}"
                if others
                else f"no balance in {currency} is told"
            )
        quota = Quota(None, None, reached=at(answer.body, "is_available") is False)
        return observation(answer, quota=quota, balance=self.money(left[currency], currency))


def balances(body: object) -> dict[str, Decimal]:
    """Return what is left in each currency."""
    rows = rows_at(body, "balance_infos")
    amounts = [number(row.get("total_balance"), "balance_infos.total_balance") for row in rows]
    return {label(row.get("currency")) or "": amount for row, amount in zip(rows, amounts, strict=True)}


KIND = Kind(
    factory=DeepSeek,
    base_url="https://api.deepseek.com",
    key="any API key of the account, from platform.deepseek.com/api_keys",
    interval=timedelta(minutes=1),
    lateness=timedelta(minutes=1),
    grain=LIVE,
    endpoints=asked(BALANCE),
)
