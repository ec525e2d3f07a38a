"""sub2api: what was deducted for a key, by day and model, and its quota, subscription or wallet.

`actual_cost` is what was deducted; `cost` is the list price, and may be several times that. Windows of a subscription
begin at first use and overlap, so they are never added. A key that is not valid has `isValid: false` with status 200.

Source: https://github.com/Wei-Shaw/sub2api
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from monitor.daemon.sources.account import Account
from monitor.daemon.sources.calendar import Calendar
from monitor.daemon.sources.kind import LIVE, UTC, Endpoint, Kind
from monitor.daemon.sources.polled import from_root
from monitor.daemon.sources.relay import RelaySource
from monitor.daemon.sources.relays import Found
from monitor.daemon.sources.shapes.relays import sub2api

USAGE = "v1/usage"


class Sub2API(RelaySource):
    program = "sub2api"

    async def ask(self, calendar: Calendar) -> Found:
        answer = await self.get(USAGE, _days(calendar))
        told = sub2api(answer.body)
        return None if told is None else (answer, told)


def _days(calendar: Calendar) -> Mapping[str, str]:
    return {"start_date": str(calendar.first), "end_date": str(calendar.today), "timezone": str(calendar.zone)}


def _endpoints(account: Account, now: datetime) -> tuple[Endpoint, ...]:
    return (Endpoint(from_root(account, USAGE), _days(Calendar.at(now, account.timezone or UTC)), "usage, this month"),)


KIND = Kind(
    factory=Sub2API,
    base_url=None,
    key="the key that your requests use, from the relay's page of keys",
    lateness=timedelta(minutes=1),
    grain=LIVE,
    breakdowns=("model",),
    endpoints=_endpoints,
)
