"""Vercel AI Gateway: `GET /v1/credits`, the credit that is left and all that was ever used, in US dollars as strings.

Source: https://vercel.com/docs/ai-gateway/observability-and-spend/usage
"""

from datetime import datetime, timedelta

from monitor.core.spending.readings import Observation, Reading
from monitor.core.windows import FOREVER
from monitor.daemon.sources.kind import LIVE, Kind
from monitor.daemon.sources.polled import Polled, asked, observation
from monitor.daemon.sources.shapes.places import cost_at, number_at

CREDITS = "v1/credits"


class Vercel(Polled):
    async def observe(self, now: datetime) -> Observation:  # noqa: ARG002
        answer = await self.get(CREDITS)
        used, left = self.money(cost_at(answer.body, "total_used")), self.money(number_at(answer.body, "balance"))
        # A team that never had credit has no empty purse.
        balance = left if left.amount or used.amount else None
        return observation(answer, (Reading(FOREVER, used),), balance=balance)


KIND = Kind(
    factory=Vercel,
    base_url="https://ai-gateway.vercel.sh/v1",
    key="an AI Gateway API key, from the AI Gateway tab of the Vercel dashboard",
    interval=timedelta(minutes=1),
    lateness=timedelta(minutes=1),
    grain=LIVE,
    endpoints=asked(CREDITS),
)
