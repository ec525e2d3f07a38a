"""OpenAI: what an organization is billed, by day, line item, project and key; and before the bill what it used.

Costs are whole days in UTC and in dollars, as numbers or as text; the day that is open grows. How late they are is not
published. Source: https://platform.openai.com/docs/api-reference/usage/costs
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from monitor.core.errors import SourceDrifted
from monitor.core.spending.prices import Service
from monitor.core.spending.readings import WHOLE, Series
from monitor.core.spending.usage import Usage
from monitor.core.windows import Window
from monitor.daemon.http import Parameters
from monitor.daemon.sources.buckets import Cost, results_of, span_between
from monitor.daemon.sources.kind import DAY, MINUTES, Kind
from monitor.daemon.sources.organization import Reports
from monitor.daemon.sources.report import Dialect
from monitor.daemon.sources.shapes.numbers import JsonObject, cost, kind_of, label
from monitor.daemon.sources.usage import UsageDialect, Used, Width, tokens_at

# "gpt-4.1-2025-04-14, cached input": what follows the model is the kind of its tokens.
_LINE_ITEM = re.compile(r"(?P<model>[^,|]+), (?:[a-z]+ )*(?:input|output|training|tokens)\b.*")
_EARLIEST, _LATEST = 1_000_000_000, 100_000_000_000
_SERVICES = {"flex": Service.FLEX, "priority": Service.PRIORITY, "batch": Service.BATCH}


def _params(since: datetime) -> Parameters:
    # Without a limit a month is silently cut to a week; with the most, 180, a large organization's page is too large.
    groups = ("line_item", "project_id", "api_key_id")
    return {"start_time": _seconds(since), "bucket_width": "1d", "group_by": groups, "limit": "20"}


def _seconds(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def _span(row: JsonObject, where: str) -> Window:
    return span_between(row, ("start_time", "end_time"), where, _moment)


def _moment(value: object, where: str) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int) or not _EARLIEST <= value < _LATEST:
        raise SourceDrifted(f"{where} is {kind_of(value)} where seconds since 1970 belong")
    return datetime.fromtimestamp(value, UTC)


def _costs(row: JsonObject, where: str) -> Iterator[Cost]:
    name = "result" if "results" not in row and "result" in row else "results"  # Its older name.
    for result, path in results_of(row, where, name):
        amount = result.get("amount")
        if not isinstance(amount, dict):
            raise SourceDrifted(f"{path}.amount is {kind_of(amount)} where an object belongs")
        yield Cost(cost(amount.get("value"), f"{path}.amount.value"), _part(result), label(amount.get("currency")))


def _part(result: JsonObject) -> Series:
    """Return what a cost was for. Where all three are null there is no group, and the cost is the whole."""
    item, project, key = (label(result.get(name)) for name in ("line_item", "project_id", "api_key_id"))
    if item is None and project is None and key is None:
        return WHOLE
    match = _LINE_ITEM.fullmatch(item or "")
    return _named(match["model"] if match else item, project, key)


def _named(model: str | None, project: str | None, key: str | None) -> Series:
    return Series(model or "(no line item)", project or "(no project)", key or "(no key)")


def _settled(now: datetime) -> datetime:
    # Nobody says how late costs are. Those who compare find yesterday's still moving, so the day before has a day more.
    return now.replace(hour=0, minute=0, second=0, microsecond=0) - 2 * DAY


DIALECT = Dialect("v1/organization/costs", _params, _span, _costs, _settled)


def _usage_params(window: Window, width: Width) -> Parameters:
    groups = ("model", "project_id", "api_key_id", "batch", "service_tier")
    times = {"start_time": _seconds(window.start), "end_time": _seconds(window.end)}
    return {**times, "bucket_width": width, "group_by": groups, "limit": str(width.page)}


def _used(row: JsonObject, where: str) -> Iterator[Used]:
    span = _span(row, where)
    for result, path in results_of(row, where):
        whole = tokens_at(result, "input_tokens", path, needed=True)
        cached = tokens_at(result, "input_cached_tokens", path)
        written = tokens_at(result, "input_cache_write_tokens", path)
        if cached + written > whole:
            raise SourceDrifted(f"{path}.input_tokens does not include the cached ones")
        yield Used(
            span,
            _named(*(label(result.get(name)) for name in ("model", "project_id", "api_key_id"))),
            Usage.with_total_input(
                whole,
                tokens_at(result, "output_tokens", path, needed=True),
                cache_read_tokens=cached,
                cache_write_5m_tokens=written,
            ),
            requests=tokens_at(result, "num_model_requests", path),
            service=_service(result),
        )


def _service(result: JsonObject) -> Service:
    if result.get("batch") is True:
        return Service.BATCH
    return _SERVICES.get(label(result.get("service_tier")) or "", Service.STANDARD)


# Other endpoints tell of embeddings, images and so on; completions are where a loop burns money.
# Source: https://platform.openai.com/docs/api-reference/usage/completions
USAGE = UsageDialect(
    "v1/organization/usage/completions",
    _usage_params,
    _span,
    _used,
    provider="openai",
)


REPORTS = Reports(DIALECT, USAGE)

KIND = Kind(
    factory=REPORTS.open,
    base_url="https://api.openai.com/v1",
    key="an Admin API key (sk-admin-...), which an organization owner makes under Settings > Organization > Admin keys;"
    " the keys of projects and of service accounts see no costs",
    # With usage five minutes late, a loop is told within 20 minutes at this pace. Two requests each time.
    interval=timedelta(minutes=2),
    lateness=None,
    grain=MINUTES,
    breakdowns=("model", "project", "key"),
    endpoints=REPORTS.endpoints,
)
