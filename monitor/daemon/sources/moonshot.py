"""Moonshot AI (Kimi): `GET /v1/users/me/balance`, what is left on the account. It tells no usage to a key.

No currency is told: the international platform (api.moonshot.ai) has US dollars, the Chinese one (api.moonshot.cn)
yuan, each with accounts and keys of its own. An available balance of zero or less means that requests are refused.
An error may come with status 200 and a `code` other than 0.

Source: https://platform.moonshot.ai/docs/api/misc
"""

from datetime import datetime, timedelta

from monitor.core.errors import SourceRefused
from monitor.core.spending.readings import Observation, Quota
from monitor.daemon.answers import Answer
from monitor.daemon.sources.kind import LIVE, Kind
from monitor.daemon.sources.polled import Polled, asked, observation
from monitor.daemon.sources.shapes.places import at, number_at

BALANCE = "v1/users/me/balance"


class Moonshot(Polled):
    async def observe(self, now: datetime) -> Observation:  # noqa: ARG002
        answer = await self.get(BALANCE)
        left = number_at(answer.body, "data.available_balance")
        balance = self.money(left, self._account.currency)
        return observation(answer, quota=Quota(None, None, reached=left <= 0), balance=balance)

    def good(self, answer: Answer) -> Answer:
        if at(answer.body, "code") in (401, 403):
            raise SourceRefused(f"the answer is an error: {at(answer.body, 'scode') or 'the key is not taken'}")
        return super().good(answer)


KIND = Kind(
    factory=Moonshot,
    base_url="https://api.moonshot.ai/v1",
    key="any API key of the account, from platform.moonshot.ai (or .cn, with that BASE_URL)",
    interval=timedelta(minutes=1),
    lateness=timedelta(minutes=1),
    grain=LIVE,
    currencies={"api.moonshot.cn": "CNY"},
    endpoints=asked(BALANCE),
)
