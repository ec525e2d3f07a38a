"""Anthropic: what an organization is billed, by day, model and workspace; and before the bill what it used.

Costs are whole days in UTC, and their amounts are *cents* in decimal text: "123.78912" is $1.2378912. They are some
five minutes late, may be asked for once a minute, and leave out what the Priority Tier costs.
Source: https://platform.claude.com/docs/en/api/admin/cost_report and
https://platform.claude.com/docs/en/manage-claude/usage-cost-api
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from monitor.core.errors import SourceDrifted
from monitor.core.spending.prices import Service
from monitor.core.spending.readings import WHOLE, Series
from monitor.core.spending.usage import Usage
from monitor.core.windows import Window
from monitor.daemon.http import Parameters
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.buckets import Cost, results_of, span_between
from monitor.daemon.sources.directory import Lists
from monitor.daemon.sources.kind import MINUTES, Endpoint, Kind
from monitor.daemon.sources.organization import Reports
from monitor.daemon.sources.report import Dialect
from monitor.daemon.sources.shapes.numbers import JsonObject, cost, kind_of, label
from monitor.daemon.sources.usage import UsageDialect, Used, Width, count_at

CENT = Decimal("0.01")
# Costs are some five minutes late, "sometimes longer": after so many hours yesterday's are whole.
LATE_BY = timedelta(hours=6)
# The Priority Tier is paid for beforehand, and has no price by the token: it is taken for the standard one.
_SERVICES = {"batch": Service.BATCH, "flex": Service.FLEX, "flex_discount": Service.FLEX}


def _params(since: datetime) -> Parameters:
    # Without a limit a month is silently cut to a week; with the most, 31, a large organization's page is too large.
    groups = ("workspace_id", "description")
    return {"starting_at": _written(since), "bucket_width": "1d", "group_by[]": groups, "limit": "20"}


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _span(row: JsonObject, where: str) -> Window:
    return span_between(row, ("starting_at", "ending_at"), where, _moment)


def _moment(value: object, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise SourceDrifted(f"{where} is {kind_of(value)} where a time belongs") from None
    if not 2000 < moment.year < 5000:
        raise SourceDrifted(f"{where} is a time beyond any sense")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _costs(row: JsonObject, where: str) -> Iterator[Cost]:
    for result, path in results_of(row, where):
        cents = cost(result.get("amount"), f"{path}.amount")
        yield Cost(cents * CENT, _part(result), label(result.get("currency")))


def _part(result: JsonObject) -> Series:
    """Return what a cost was for: a model, or what else is billed, in a workspace; null is the default workspace."""
    item = label(result.get("model")) or label(result.get("description")) or label(result.get("cost_type"))
    workspace = label(result.get("workspace_id"))
    return WHOLE if item is None and workspace is None else Series(item or "(no model)", workspace or "default")


def _settled(now: datetime) -> datetime:
    return (now - LATE_BY).replace(hour=0, minute=0, second=0, microsecond=0)


DIALECT = Dialect("v1/organizations/cost_report", _params, _span, _costs, _settled)


def _usage_params(window: Window, width: Width) -> Parameters:
    groups = ("model", "workspace_id", "api_key_id", "service_tier")
    times = {"starting_at": _written(window.start), "ending_at": _written(window.end)}
    return {**times, "bucket_width": width, "group_by[]": groups, "limit": str(width.page)}


def _used(row: JsonObject, where: str) -> Iterator[Used]:
    span = _span(row, where)
    for result, path in results_of(row, where):
        written = result.get("cache_creation") or {}
        if not isinstance(written, dict):
            raise SourceDrifted(f"{path}.cache_creation is {kind_of(written)} where an object belongs")
        yield Used(
            span,
            Series(
                label(result.get("model")) or "(no model)",
                label(result.get("workspace_id")) or "default",
                label(result.get("api_key_id")) or "(no key)",
            ),
            Usage(
                uncached_input_tokens=count_at(result, "uncached_input_tokens", path, needed=True),
                cache_read_tokens=count_at(result, "cache_read_input_tokens", path),
                cache_write_5m_tokens=count_at(written, "ephemeral_5m_input_tokens", f"{path}.cache_creation"),
                cache_write_1h_tokens=count_at(written, "ephemeral_1h_input_tokens", f"{path}.cache_creation"),
                output_tokens=count_at(result, "output_tokens", path, needed=True),
            ),
            service=_SERVICES.get(label(result.get("service_tier")) or "", Service.STANDARD),
        )


# Source: https://platform.claude.com/docs/en/api/admin/usage_report/retrieve_messages
USAGE = UsageDialect(
    "v1/organizations/usage_report/messages",
    _usage_params,
    _span,
    _used,
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
