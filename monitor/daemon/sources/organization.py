"""An organization's bill and its usage in one look: what is fast beside what is final."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from monitor.core.errors import SourceError
from monitor.core.spending.readings import Observation, Quota
from monitor.core.windows import Window
from monitor.daemon.http import Http
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.calendar import Calendar
from monitor.daemon.sources.estimate import Summed, estimated, summed
from monitor.daemon.sources.kind import HOUR, Endpoint
from monitor.daemon.sources.pages import Pages, read_pages
from monitor.daemon.sources.pricing import Pricing
from monitor.daemon.sources.report import CostReport, Dialect, midnight, this_month, versioned
from monitor.daemon.sources.usage import UsageDialect, Width
from monitor.prices import PriceBook

# By the hour as long as the bill of a day may be missing or wrong, by the day before that.
HOURLY_FOR = timedelta(days=3)
# What comes later is found by the longer look of the next hour, and what that misses by the one of the next day.
LATE_BY = timedelta(hours=2)
LATE_BY_HOUR = timedelta(hours=11)


class UsageReport:
    """One account's usage, priced.

    At first and once a day this month and the one before, at the beginning of an hour the last half day, else the last
    hours: an hour that is open is told as far as it has come, so that its figure moves at each look.
    """

    def __init__(self, account: Account, http: Http, dialect: UsageDialect) -> None:
        self._account, self._http, self._dialect = account, http, dialect
        self._pricing = Pricing(account, dialect.provider, lambda: _book(account))
        self._read: datetime | None = None

    async def fetch(self, now: datetime) -> Observation:
        """Return the estimated cost of each hour or day, whole and by part.

        Buckets that cannot be read are left out, and are the observation's `error`.

        Raises:
            SourceError: nothing was learned, as with a cost report.
        """
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        end, last = hour + HOUR, self._read
        days: tuple[Summed, ...] = ()
        if last is None or last.date() != hour.date():
            since = midnight(Calendar(hour.date(), UTC).last_month[0])
            hours_from = hour.replace(hour=0) - HOURLY_FOR
            days = (await self._ask(Window(since, hours_from), Width.DAY)).kept
        else:
            since = hours_from = min(hour - (LATE_BY if last == hour else LATE_BY_HOUR), last - LATE_BY)
        hours = await self._ask(Window(hours_from, end), Width.HOUR)
        if hours.reached:
            return Observation((), hours.received_at, hours.latency, Quota(None, None, reached=True))
        self._read = hour
        readings, unread = estimated((*days, *hours.kept), self._account.currency)
        anew = Window(since, end) if unread is None else None
        return Observation(readings, hours.received_at, hours.latency, error=unread, estimated_anew=anew)

    async def _ask(self, window: Window, width: Width) -> Pages[Summed]:
        path, params = versioned(self._account, self._dialect.path), self._dialect.params(window, width)
        return await read_pages(
            self._http,
            path,
            params,
            lambda rows: summed(rows, self._dialect, self._pricing),
            source=self._account.name,
        )


class Organization:
    """Both reports of one account. Where one of them fails, what the other tells counts, and the failure is said."""

    def __init__(self, costs: CostReport, usage: UsageReport, http: Http) -> None:
        self._costs, self._usage, self._http = costs, usage, http

    async def close(self) -> None:
        await self._http.close()

    async def fetch(self, now: datetime) -> Observation:
        """Return bills and estimates.

        Raises:
            SourceError: neither could be read.
        """
        bill, usage = await _attempt(self._costs, now), await _attempt(self._usage, now)
        if isinstance(bill, SourceError):
            if isinstance(usage, SourceError):
                raise bill
            return replace(usage, error=bill)
        if isinstance(usage, SourceError):
            return replace(bill, error=bill.error or usage)
        return replace(
            bill,
            readings=(*bill.readings, *usage.readings),
            quota=bill.quota or usage.quota,
            error=bill.error or usage.error,
            estimated_anew=usage.estimated_anew,
        )


@dataclass(frozen=True, slots=True)
class Reports:
    """How a provider is asked for both."""

    costs: Dialect
    usage: UsageDialect

    def open(self, account: Account, http: Http) -> Organization:
        return Organization(CostReport(account, http, self.costs), UsageReport(account, http, self.usage), http)

    def endpoints(self, account: Account, now: datetime) -> tuple[Endpoint, ...]:
        """Return the questions that `probe` asks: the bill of this month, and what was used in the last hour."""
        path, params = versioned(account, self.usage.path), self.usage.params(Window(now - HOUR, now), Width.HOUR)
        return (*this_month(self.costs, account, now), Endpoint(path, params, f"{path}, the last hour"))


async def _attempt(report: CostReport | UsageReport, now: datetime) -> Observation | SourceError:
    try:
        return await report.fetch(now)
    except SourceError as error:
        return error


def _book(account: Account) -> PriceBook:
    from monitor.prices.override import read_prices  # Only who has such a file needs its parsers.

    return PriceBook([read_prices(account.prices)] if account.prices else [])
