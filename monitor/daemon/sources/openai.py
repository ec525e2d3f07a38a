"""OpenAI: what an organization is billed, by day, line item, project and key; and before the bill what it used.

Costs are whole days in UTC and in dollars, as numbers or as text; the day that is open grows. How late they are is not
published. Source: https://platform.openai.com/docs/api-reference/usage/costs
"""

from datetime import datetime, timedelta

from monitor.core.spending.units import Unit
from monitor.core.windows import Window
from monitor.daemon.sources.directory import Lists
from monitor.daemon.sources.kind import DAY, MINUTES, Endpoint, Kind
from monitor.daemon.sources.organization import Reports
from monitor.daemon.sources.report import Dialect
from monitor.daemon.sources.shapes.openai import Reader, completions, costs, counted, embeddings, span, spend_limit
from monitor.daemon.sources.usage import UsageDialect, Width
from monitor.daemon.wire import Parameters
from monitor.prices.presets import CODE_INTERPRETER, FILE_SEARCH, WEB_SEARCH

# All but completions have few rows: a day of hours fits on a page.
BUCKETS = 24


def _params(since: datetime) -> Parameters:
    # Without a limit a month is silently cut to a week; with the most, 180, a large organization's page is too large.
    groups = ("line_item", "project_id", "api_key_id")
    return {"start_time": _seconds(since), "bucket_width": "1d", "group_by": groups, "limit": "20"}


def _seconds(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def _settled(now: datetime) -> datetime:
    # Nobody says how late costs are. Those who compare find yesterday's still moving, so the day before has a day more.
    return now.replace(hour=0, minute=0, second=0, microsecond=0) - 2 * DAY


DIALECT = Dialect("v1/organization/costs", _params, span, costs, _settled)


def _usage_params(window: Window, width: Width) -> Parameters:
    groups = ("model", "project_id", "api_key_id", "batch", "service_tier")
    return {**_times(window, width), "group_by": groups, "limit": str(width.page)}


def _times(window: Window, width: Width) -> Parameters:
    return {"start_time": _seconds(window.start), "end_time": _seconds(window.end), "bucket_width": width}


USAGE = UsageDialect("v1/organization/usage/completions", _usage_params, span, completions, provider="openai")


def _other(name: str, reader: Reader, *groups: str) -> UsageDialect:
    """Return one of the other reports, which takes these parameters of its own to be grouped by."""

    def params(window: Window, width: Width) -> Parameters:
        return {**_times(window, width), "group_by": groups, "limit": str(BUCKETS)}

    return UsageDialect(f"v1/organization/usage/{name}", params, span, reader, provider="openai")


# Moderations are free. Of vector stores it is not told for how long so many bytes were held, nor which of them are
# free: they come with the bill.
# Source: https://platform.openai.com/docs/api-reference/usage
_WHOSE = ("project_id", "api_key_id")
OTHERS = (
    _other("embeddings", embeddings, "model", *_WHOSE),
    _other("images", counted("images", Unit.IMAGE), "model", *_WHOSE),
    _other("audio_speeches", counted("characters", Unit.CHARACTER), "model", *_WHOSE),
    _other("audio_transcriptions", counted("seconds", Unit.SECOND), "model", *_WHOSE),
    _other("web_search_calls", counted("num_requests", Unit.SEARCH, WEB_SEARCH), *_WHOSE),
    _other("file_search_calls", counted("num_requests", Unit.SEARCH, FILE_SEARCH), *_WHOSE),
    _other("code_interpreter_sessions", counted("num_sessions", Unit.SESSION, CODE_INTERPRETER), "project_id"),
)

# Source: https://platform.openai.com/docs/api-reference/spend-limits
LIMIT = ("v1/organization/spend_limit", spend_limit)

# Source: https://platform.openai.com/docs/api-reference/projects
LISTS = Lists(
    Endpoint("v1/organization/projects", {"limit": "100", "include_archived": "true"}),
    Endpoint("v1/organization/projects/{project}/api_keys", {"limit": "100", "owner_project_access": "any"}),
    cursor="after",
)

REPORTS = Reports(DIALECT, (USAGE, *OTHERS), LISTS, LIMIT)

KIND = Kind(
    factory=REPORTS.open,
    base_url="https://api.openai.com/v1",
    key="an Admin API key (sk-admin-...), which an organization owner makes under Settings > Organization > Admin keys;"
    " the keys of projects and of service accounts see no costs",
    # With usage five minutes late, a loop is told within 20 minutes at this pace. Two requests each time, and one for
    # each of the other reports that the account makes use of.
    interval=timedelta(minutes=2),
    lateness=None,
    grain=MINUTES,
    breakdowns=("model", "project", "key"),
    names=True,
    endpoints=REPORTS.endpoints,
)
