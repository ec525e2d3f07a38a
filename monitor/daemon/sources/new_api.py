"""new-api: what a key has used and what is left to it, in quota units that the server says the worth of.

`/api/usage/token/` (with the slash: without it, it redirects) tells of the key, and `/api/status` how many units are a
dollar (500000 by default). An unlimited key has a negative rest, which is no debt. With `FIELDS__USER`, the number of a
user, and an access token of that user as the key, `/api/user/self` tells of all keys of the user instead.

Source: https://docs.newapi.pro/en/docs/api/management/auth
"""

from collections.abc import Mapping
from datetime import timedelta

from monitor.daemon.sources.account import Account
from monitor.daemon.sources.calendar import Calendar
from monitor.daemon.sources.kind import LIVE, Endpoint, Kind, bearer
from monitor.daemon.sources.relay import RelaySource
from monitor.daemon.sources.relays import Found


class NewAPI(RelaySource):
    program = "new-api"

    async def ask(self, calendar: Calendar) -> Found:  # noqa: ARG002
        return await (self._relays.user() if "user" in self._account.fields else self._relays.token_usage())


def _headers(account: Account) -> Mapping[str, str]:
    user = {"New-Api-User": account.fields["user"]} if "user" in account.fields else {}
    return {**bearer(account), **user}


def _check(account: Account) -> Mapping[str, str]:
    user = account.fields.get("user", "0")
    return {} if user.isascii() and user.isdecimal() else {"fields__user": "is not the number of a user"}


KIND = Kind(
    factory=NewAPI,
    base_url=None,
    key="the key that your requests use, or with FIELDS__USER an access token from the user's settings",
    headers=_headers,
    check=_check,
    lateness=timedelta(minutes=1),
    grain=LIVE,
    endpoints=lambda *_: (Endpoint("/api/usage/token/"), Endpoint("/api/user/self"), Endpoint("/api/status")),
)
