"""SiliconFlow: `GET /v1/user/info`, what is left on the account. It tells no usage to a key.

`totalBalance` is all that is left; `balance` is only the part that was given. Amounts are decimal strings, a `code` of
20000 is success. No currency is told: api.siliconflow.com has US dollars, api.siliconflow.cn yuan.

Source: https://docs.siliconflow.com/en/api-reference/userinfo/get-user-info
"""

from datetime import datetime, timedelta

from monitor.core.spending.readings import Observation, Quota
from monitor.daemon.sources.kind import LIVE, Kind
from monitor.daemon.sources.polled import Polled, asked, observation
from monitor.daemon.sources.shapes.places import number_at

INFO = "v1/user/info"


class SiliconFlow(Polled):
    async def observe(self, now: datetime) -> Observation:  # noqa: ARG002
        answer = await self.get(INFO)
        balance = self.money(number_at(answer.body, "data.totalBalance"), self._account.currency)
        return observation(answer, quota=Quota(None, None), balance=balance)


KIND = Kind(
    factory=SiliconFlow,
    base_url="https://api.siliconflow.com/v1",
    key="any API key of the account, from cloud.siliconflow.com/account/ak (or .cn, with that BASE_URL)",
    interval=timedelta(minutes=1),
    lateness=timedelta(minutes=1),
    grain=LIVE,
    currencies={"api.siliconflow.cn": "CNY"},
    endpoints=asked(INFO),
)
