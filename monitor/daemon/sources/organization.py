"""An organization's bill and its usage in one look: what is fast beside what is final."""

from dataclasses import dataclass, replace
from datetime import datetime

from monitor.core.errors import SourceError
from monitor.core.spending.readings import Observation
from monitor.core.windows import Window
from monitor.daemon.http import Http
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.directory import Directory, Lists
from monitor.daemon.sources.kind import HOUR, Endpoint
from monitor.daemon.sources.report import CostReport, Dialect, this_month, versioned
from monitor.daemon.sources.spend_limit import Reader, SpendLimit
from monitor.daemon.sources.usage import UsageDialect, Width
from monitor.daemon.sources.usage_report import UsageReport


class Organization:
    """Both reports of one account. Where one of them fails, what the other tells counts, and the failure is said."""

    def __init__(
        self, costs: CostReport, usage: UsageReport, directory: Directory, limit: SpendLimit | None, http: Http
    ) -> None:
        self._costs, self._usage, self._directory, self._limit, self._http = costs, usage, directory, limit, http

    async def close(self) -> None:
        await self._http.close()

    async def fetch(self, now: datetime) -> Observation:
        """Return bills and estimates, what their projects and keys are called, and the account's own limit.

        Raises:
            SourceError: neither bills nor estimates could be read.
        """
        seen = await self._reports(now)
        projects, keys = ({getattr(one, of) for one in seen.readings} - {None} for of in ("project", "key"))
        seen = replace(seen, names=await self._directory.fetch(now, projects, keys))
        limit = await self._limit.fetch(now) if self._limit is not None else None
        if seen.quota is None or limit is None:
            return replace(seen, quota=seen.quota or limit)
        return replace(seen, quota=replace(limit, reached=seen.quota.reached))

    async def _reports(self, now: datetime) -> Observation:
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
    """How a provider is asked: of usage for the report that matters first, and for a limit at a path of its own."""

    costs: Dialect
    usage: tuple[UsageDialect, ...]
    lists: Lists
    limit: tuple[str, Reader] | None = None

    def open(self, account: Account, http: Http) -> Organization:
        return Organization(
            CostReport(account, http, self.costs),
            UsageReport(account, http, self.usage),
            Directory(account, http, self.lists),
            SpendLimit(account, http, *self.limit) if self.limit is not None else None,
            http,
        )

    def endpoints(self, account: Account, now: datetime) -> tuple[Endpoint, ...]:
        """Return the questions that `probe` asks: the bill of this month, and what was used in the last hour."""
        hour = Window(now - HOUR, now)
        asked = [(versioned(account, usage.path), usage.params(hour, Width.HOUR)) for usage in self.usage]
        of_usage = (Endpoint(path, params, f"{path}, the last hour") for path, params in asked)
        of_limit = () if self.limit is None else (Endpoint(versioned(account, self.limit[0])),)
        projects = self.lists.projects
        of_projects = replace(projects, path=versioned(account, projects.path))
        return (*this_month(self.costs, account, now), *of_usage, *of_limit, of_projects)


async def _attempt(report: CostReport | UsageReport, now: datetime) -> Observation | SourceError:
    try:
        return await report.fetch(now)
    except SourceError as error:
        return error
