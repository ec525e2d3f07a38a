"""Anthropic: what an organization is billed, by day, model and workspace; and before the bill what it used.

Costs are whole days in UTC, and their amounts are *cents* in decimal text: "123.78912" is $1.2378912. They are some
five minutes late, may be asked for once a minute, and leave out what the Priority Tier costs.
Source: https://platform.claude.com/docs/en/api/admin/cost_report and
https://platform.claude.com/docs/en/manage-claude/usage-cost-api
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from monitor.core.windows import Window
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.directory import Lists
from monitor.daemon.sources.kind import MINUTES, Endpoint, Kind
from monitor.daemon.sources.organization import Reports
from monitor.daemon.sources.report import Dialect
from monitor.daemon.sources.shapes.anthropic import costs, span, used
from monitor.daemon.sources.usage import UsageDialect, Width
from monitor.daemon.wire import Parameters

# Costs are some five minutes late, "sometimes longer": after so many hours yesterday's are whole.
LATE_BY = timedelta(hours=6)


def _params(since: datetime) -> Parameters:
    # Without a limit a month is silently cut to a week; with the most, 31, a large organization's page is too large.
    groups = ("workspace_id", "description")
    return {"starting_at": _written(since), "bucket_width": "1d", "group_by[]": groups, "limit": "20"}


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _settled(now: datetime) -> datetime:
    return (now - LATE_BY).replace(hour=0, minute=0, second=0, microsecond=0)


DIALECT = Dialect("v1/organizations/cost_report", _params, span, costs, _settled)


def _usage_params(window: Window, width: Width) -> Parameters:
    groups = ("model", "workspace_id", "api_key_id", "service_tier")
    times = {"starting_at": _written(window.start), "ending_at": _written(window.end)}
    return {**times, "bucket_width": width, "group_by[]": groups, "limit": str(width.page)}


# Source: https://platform.claude.com/docs/en/api/admin/usage_report/retrieve_messages
USAGE = UsageDialect(
    "v1/organizations/usage_report/messages",
    _usage_params,
    span,
    used,
    provider="anthropic",
)


def _headers(account: Account) -> Mapping[str, str]:
    return {"x-api-key": account.api_key or "", "anthropic-version": "2023-06-01"}


# Source: https://platform.claude.com/docs/en/manage-claude/administration-api
LISTS = Lists(
    Endpoint("v1/organizations/workspaces", {"limit": "100", "include_archived": "true"}),
    Endpoint("v1/organizations/api_keys", {"limit": "100"}),
    cursor="after_id",
)

REPORTS = Reports(DIALECT, (USAGE,), LISTS)

KIND = Kind(
    factory=REPORTS.open,
    base_url="https://api.anthropic.com",
    key="an Admin API key (sk-ant-admin01-...), which an organization admin makes in the Console under"
    " Settings > Admin keys; accounts of individuals have none",
    headers=_headers,
    interval=timedelta(seconds=60),
    shortest=timedelta(seconds=60),
    lateness=timedelta(minutes=5),
    grain=MINUTES,
    breakdowns=("model", "project", "key"),
    names=True,
    endpoints=REPORTS.endpoints,
)
