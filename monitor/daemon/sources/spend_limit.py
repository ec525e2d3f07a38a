"""The limit that an organization has set for itself at the provider, asked for now and then."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from monitor.core.errors import SourceDrifted, SourceRefused, SourceUnavailable
from monitor.core.spending.readings import Quota
from monitor.daemon.http import Http
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.assembly import Assembly
from monitor.daemon.sources.report import versioned

NONE = Quota(None, None)

# What reads an answer: the amount and its currency, None where no limit is set; raises SourceDrifted.
Reader = Callable[[object], tuple[Decimal, str | None] | None]


class SpendLimit:
    """One account's limit for the month, asked for at first and then once an hour. Nothing depends on it."""

    def __init__(self, account: Account, http: Http, path: str, read: Reader) -> None:
        self._http, self._path, self._read = http, versioned(account, path), read
        self._assembly = Assembly(account)
        self._asked: datetime | None = None

    async def fetch(self, now: datetime) -> Quota | None:
        """Return the limit as a quota of the month, None where it is not asked for or cannot be seen."""
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        if self._asked == hour:
            return None
        try:
            answer = await self._http.get_json(self._path)
            quota = NONE if answer.missing else self._quota(answer.body) if answer.ok else None
        except SourceUnavailable:
            return None
        except (SourceRefused, SourceDrifted):
            quota = None  # A key without the scope, or an answer of another kind.
        self._asked = hour
        return quota

    def _quota(self, body: object) -> Quota:
        told = self._read(body)
        if told is None:
            return NONE
        amount, currency = told
        self._assembly.check_currency(currency)
        return Quota(None, self._assembly.money(amount), monthly=True)
