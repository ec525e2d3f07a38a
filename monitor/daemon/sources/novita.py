"""Novita AI: `GET /openapi/v1/billing/balance/detail`, what can be spent. It tells no usage to a key.

Amounts are text, in ten-thousandths of a US dollar: "10000" is one dollar. `availableBalance` includes a credit limit.

Source: https://novita.ai/docs/api-reference/basic-get-user-balance
"""

from datetime import datetime, timedelta

from monitor.core.spending.readings import Observation, Quota
from monitor.daemon.sources.kind import LIVE, Kind
from monitor.daemon.sources.polled import Polled, asked, observation
from monitor.daemon.sources.shapes.places import number_at

DETAIL = "openapi/v1/billing/balance/detail"
UNITS_PER_DOLLAR = 10_000


class Novita(Polled):
    async def observe(self, now: datetime) -> Observation:  # noqa: ARG002
        answer = await self.get(DETAIL)
        left = number_at(answer.body, "availableBalance") / UNITS_PER_DOLLAR
        return observation(answer, quota=Quota(None, None), balance=self.money(left))


KIND = Kind(
    factory=Novita,
    base_url="https://api.novita.ai",
    key="any API key of the account, from novita.ai/settings/key-management",
    lateness=timedelta(minutes=1),
    grain=LIVE,
    endpoints=asked(DETAIL),
)
