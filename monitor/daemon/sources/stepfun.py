"""StepFun: `GET /v1/accounts`, what is left on the account. It tells no usage to a key.

`balance` is what can be spent; the totals beside it are what was ever paid in or given. No currency is told:
api.stepfun.com has yuan, api.stepfun.ai US dollars. An account that pays afterwards (`type: postpaid`) has no balance.

Source: https://platform.stepfun.com/docs/zh/api-reference/accounts/get
"""

from datetime import datetime, timedelta

from monitor.core.errors import SourceDrifted
from monitor.core.spending.readings import Observation, Quota
from monitor.daemon.sources.kind import LIVE, Kind
from monitor.daemon.sources.polled import Polled, asked, observation
from monitor.daemon.sources.shapes.places import at, number_at

ACCOUNTS = "v1/accounts"


class StepFun(Polled):
    async def observe(self, now: datetime) -> Observation:  # noqa: ARG002
        answer = await self.get(ACCOUNTS)
        if at(answer.body, "type") == "postpaid":
            raise SourceDrifted("type: postpaid: an account that pays afterwards tells neither cost nor balance")
        balance = self.money(number_at(answer.body, "balance"), self._account.currency)
        return observation(answer, quota=Quota(None, None), balance=balance)


KIND = Kind(
    factory=StepFun,
    base_url="https://api.stepfun.com/v1",
    key="any API key of the account, from platform.stepfun.com (or .ai, with that BASE_URL)",
    lateness=timedelta(minutes=1),
    grain=LIVE,
    currencies={"api.stepfun.com": "CNY"},
    endpoints=asked(ACCOUNTS),
)
