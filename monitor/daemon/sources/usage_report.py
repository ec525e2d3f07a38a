"""What an organization used, priced: one estimate of all the reports that a provider has of it."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from monitor.core.errors import EndpointMissing, SourceError
from monitor.core.spending.readings import Observation, Quota
from monitor.core.windows import Window
from monitor.daemon.http import Http
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.calendar import Calendar
from monitor.daemon.sources.estimate import Summed, estimated, summed
from monitor.daemon.sources.kind import HOUR
from monitor.daemon.sources.pages import Pages, read_pages
from monitor.daemon.sources.pricing import Pricing
from monitor.daemon.sources.report import midnight, versioned
from monitor.daemon.sources.usage import UsageDialect, Width
from monitor.prices import PriceBook

# By the hour as long as the bill of a day may be missing or wrong, by the day before that.
HOURLY_FOR = timedelta(days=3)
# What comes later is found by the longer look of the next hour, and what that misses by the one of the next day.
LATE_BY = timedelta(hours=2)
LATE_BY_HOUR = timedelta(hours=11)

Look = tuple[Window, Width]
Told = tuple[Pages[Summed], ...]


class UsageReport:
    """One account's usage, priced.

    At first and once a day this month and the one before, at the beginning of an hour the last half day, else the last
    hours: an hour that is open is told as far as it has come, so that its figure moves at each look. The first report
    is the one that matters; of the others those that told nothing in the long look are asked once an hour only.
    """

    def __init__(self, account: Account, http: Http, dialects: Sequence[UsageDialect]) -> None:
        self._account, self._http, self._dialects = account, http, dialects
        self._pricing = Pricing(account, dialects[0].provider, lambda: _book(account))
        self._read: datetime | None = None
        self._unused: frozenset[str] = frozenset()

    async def fetch(self, now: datetime) -> Observation:
        """Return the estimated cost of each hour or day, whole and by part.

        Buckets that cannot be read are left out, and are the observation's `error`; so is the failure of a report that
        has told nothing so far. The sums would be too small without any other: then nothing is told.

        Raises:
            SourceError: nothing was learned, as with a cost report.
        """
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        looks = self._looks(hour)
        told, failed = await self._ask_all(looks, all_of_them=self._read != hour)
        pages = [page for answer in told.values() for page in answer]
        newest = max(pages, key=lambda page: page.received_at)
        if any(page.reached for page in pages):
            return Observation((), newest.received_at, newest.latency, Quota(None, None, reached=True))
        used = {self._dialects[0].path, *(path for path, answer in told.items() if _has_usage(answer))}
        self._unused = (self._unused if len(looks) == 1 else frozenset(told)) - used
        self._read = hour
        readings, unread = estimated((part for page in pages for part in page.kept), self._account.currency)
        anew = Window(looks[0][0].start, looks[-1][0].end) if unread is None else None
        return Observation(readings, newest.received_at, newest.latency, error=unread or failed, estimated_anew=anew)

    def _looks(self, hour: datetime) -> tuple[Look, ...]:
        """Return what time is to be asked for, and how finely."""
        end, last = hour + HOUR, self._read
        if last is None or last.date() != hour.date():
            hourly = hour.replace(hour=0) - HOURLY_FOR
            since = midnight(Calendar(hour.date(), UTC).last_month[0])
            return ((Window(since, hourly), Width.DAY), (Window(hourly, end), Width.HOUR))
        since = min(hour - (LATE_BY if last == hour else LATE_BY_HOUR), last - LATE_BY)
        return ((Window(since, end), Width.HOUR),)

    async def _ask_all(
        self, looks: Sequence[Look], *, all_of_them: bool
    ) -> tuple[Mapping[str, Told], SourceError | None]:
        """Return what each report told, by its path, and how one failed that has told nothing so far."""
        due = [dialect for dialect in self._dialects if all_of_them or dialect.path not in self._unused]
        told: dict[str, Told] = {}
        failed = None
        for dialect, answer in zip(due, await asyncio.gather(*(self._ask(one, looks) for one in due)), strict=True):
            if not isinstance(answer, SourceError):
                told[dialect.path] = answer
            elif dialect.path not in self._unused:
                raise answer
            else:
                failed = answer
        return told, failed

    async def _ask(self, dialect: UsageDialect, looks: Sequence[Look]) -> Told | SourceError:
        try:
            return tuple([await self._pages(dialect, window, width) for window, width in looks])
        except EndpointMissing as error:
            # Older and compatible servers have not all of the reports.
            return error if dialect is self._dialects[0] else ()
        except SourceError as error:
            return error

    async def _pages(self, dialect: UsageDialect, window: Window, width: Width) -> Pages[Summed]:
        path, params = versioned(self._account, dialect.path), dialect.params(window, width)
        return await read_pages(
            self._http, path, params, lambda rows: summed(rows, dialect, self._pricing), source=self._account.name
        )


def _has_usage(told: Told) -> bool:
    buckets = (parts for page in told for sums in page.kept for parts in sums.sums.values())
    return any(len(parts) > 1 for parts in buckets) or any(sums.unread for page in told for sums in page.kept)


def _book(account: Account) -> PriceBook:
    from monitor.prices.override import read_prices  # Only who has such a file needs its parsers.

    return PriceBook([read_prices(account.prices)] if account.prices else [])
