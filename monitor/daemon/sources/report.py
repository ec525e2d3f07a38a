"""A provider's own cost report, read page by page: what OpenAI's and Anthropic's have in common."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from monitor.core.spending.readings import Observation, Quota
from monitor.core.windows import Window
from monitor.daemon.http import Http
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.assembly import Assembly
from monitor.daemon.sources.buckets import Cost, costs_of
from monitor.daemon.sources.calendar import Calendar
from monitor.daemon.sources.kind import Endpoint
from monitor.daemon.sources.pages import read_all
from monitor.daemon.sources.shapes.numbers import JsonObject
from monitor.daemon.wire import Parameters

# A day may still change for so long. What is corrected later is found by the read of everything, once a day.
REVISED_FOR = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one provider is asked and how its rows are read. Its days are in UTC.

    `path` begins with the version that an address may end in. `span` and `costs` are given a row and the path to it,
    and raise SourceDrifted with the path of what is wrong. `settled` returns before which moment bills are final.
    """

    path: str
    params: Callable[[datetime], Parameters]
    span: Callable[[JsonObject, str], Window]
    costs: Callable[[JsonObject, str], Iterable[Cost]]
    settled: Callable[[datetime], datetime]


class CostReport:
    """One account's report: this month and the one before at first and then once a day, else the last days only."""

    def __init__(self, account: Account, http: Http, dialect: Dialect) -> None:
        self._account, self._http, self._dialect = account, http, dialect
        self._assembly = Assembly(account)
        self._read_whole: date | None = None

    async def close(self) -> None:
        await self._http.close()

    async def fetch(self, now: datetime) -> Observation:
        """Return the billed cost of each day, whole and by part.

        Days with a figure that cannot be read are left out, and are the observation's `error`.

        Raises:
            SourceUnavailable: a timeout, 429 or 5xx; later is better.
            SourceRefused: the key may not read the report.
            SourceDrifted: an answer that is not as documented.
        """
        today = now.astimezone(UTC).date()
        since = today - REVISED_FOR if self._read_whole == today else Calendar(today, UTC).last_month[0]
        dialect = self._dialect
        path, params = versioned(self._account, dialect.path), dialect.params(midnight(since))
        listing = await read_all(self._http, path, params, source=self._account.name)
        if listing.reached:
            return Observation((), listing.received_at, listing.latency, Quota(None, None, reached=True))
        costs = costs_of(listing.rows, self._assembly, span_of=dialect.span, costs_in=dialect.costs)
        self._read_whole = today
        spans = frozenset(reading.span for reading in costs.readings)
        return Observation(
            costs.readings,
            listing.received_at,
            listing.latency,
            error=costs.unread,
            # A day that cannot be read has no bill: nothing more is final until it can.
            settled_until=dialect.settled(now.astimezone(UTC)) if costs.unread is None else None,
            complete=spans,
        )


def this_month(dialect: Dialect, account: Account, now: datetime) -> tuple[Endpoint, ...]:
    """Return the question that `probe` asks."""
    first = now.astimezone(UTC).date().replace(day=1)
    path = versioned(account, dialect.path)
    return (Endpoint(path, dialect.params(midnight(first)), f"{path}, this month"),)


def versioned(account: Account, path: str) -> str:
    """Return a path without the version that it begins with where the account's address ends in that."""
    version, _, rest = path.partition("/")
    return rest if (account.base_url or "").rstrip("/").endswith(f"/{version}") else path


def midnight(day: date) -> datetime:
    """Return when a day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
