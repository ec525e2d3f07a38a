"""one-api, and whatever keeps its pair of billing endpoints: what was used in all, and the hard limit.

`total_usage` is in hundredths. Both ignore dates, so the figure is a lifetime's. The hard limit is what was used and
what is left together, so a top-up moves it; 100000000 is no limit. Whether they tell of the key or of its user is a
setting of the server, and an error may come with status 200.

Source: https://github.com/songquanpeng/one-api
"""

from datetime import timedelta

from monitor.daemon.sources.calendar import Calendar
from monitor.daemon.sources.kind import LIVE, Kind
from monitor.daemon.sources.polled import asked
from monitor.daemon.sources.relay import RelaySource
from monitor.daemon.sources.relays import Found
from monitor.daemon.sources.shapes.relays import billing

SUBSCRIPTION, USAGE = "v1/dashboard/billing/subscription", "v1/dashboard/billing/usage"


class OneAPI(RelaySource):
    program = "one-api"

    async def ask(self, calendar: Calendar) -> Found:  # noqa: ARG002
        subscription, usage = [await self.get(path) for path in (SUBSCRIPTION, USAGE)]
        told = billing(subscription.body, usage.body)
        return None if told is None else (usage, told)


KIND = Kind(
    factory=OneAPI,
    base_url=None,
    key="the key that your requests use, from the relay's token page",
    lateness=timedelta(minutes=1),
    grain=LIVE,
    endpoints=asked(SUBSCRIPTION, USAGE),
)
