"""The rows of Anthropic's reports: when a bucket was, whose it is, and what it tells.

Source: https://platform.claude.com/docs/en/api/admin/cost_report
and https://platform.claude.com/docs/en/api/admin/usage_report/retrieve_messages
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from monitor.core.errors import SourceDrifted
from monitor.core.spending.prices import Service
from monitor.core.spending.readings import WHOLE, Series
from monitor.core.spending.units import Unit
from monitor.core.spending.usage import NOTHING, Usage
from monitor.core.windows import Window
from monitor.daemon.sources.buckets import Cost, results_of, span_between
from monitor.daemon.sources.shapes.numbers import JsonObject, cost, kind_of, label
from monitor.daemon.sources.usage import Used, count_at
from monitor.prices.presets import WEB_SEARCH

CENT = Decimal("0.01")
# The Priority Tier is paid for beforehand, and has no price by the token: it is taken for the standard one.
_SERVICES = {"batch": Service.BATCH, "flex": Service.FLEX, "flex_discount": Service.FLEX}


def span(row: JsonObject, where: str) -> Window:
    return span_between(row, ("starting_at", "ending_at"), where, _moment)


def _moment(value: object, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise SourceDrifted(f"{where} is {kind_of(value)} where a time belongs") from None
    if not 2000 < moment.year < 5000:
        raise SourceDrifted(f"{where} is a time beyond any sense")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def costs(row: JsonObject, where: str) -> Iterator[Cost]:
    for result, path in results_of(row, where):
        cents = cost(result.get("amount"), f"{path}.amount")
        yield Cost(cents * CENT, _part(result), label(result.get("currency")))


def _part(result: JsonObject) -> Series:
    """Return what a cost was for: a model, or what else is billed, in a workspace; null is the default workspace."""
    if result.get("cost_type") == "web_search":
        item: str | None = WEB_SEARCH  # Under one name with what the usage tells of it.
    else:
        item = label(result.get("model")) or label(result.get("description")) or label(result.get("cost_type"))
    workspace = label(result.get("workspace_id"))
    return WHOLE if item is None and workspace is None else Series(item or "(no model)", workspace or "default")


def used(row: JsonObject, where: str) -> Iterator[Used]:
    """Yield the tokens of each result, and the searches that were made for it."""
    bucket = span(row, where)
    for result, path in results_of(row, where):
        written, tools = (_inner(result, name, path) for name in ("cache_creation", "server_tool_use"))
        tokens = Usage(
            uncached_input_tokens=count_at(result, "uncached_input_tokens", path, needed=True),
            cache_read_tokens=count_at(result, "cache_read_input_tokens", path),
            cache_write_5m_tokens=count_at(written, "ephemeral_5m_input_tokens", f"{path}.cache_creation"),
            cache_write_1h_tokens=count_at(written, "ephemeral_1h_input_tokens", f"{path}.cache_creation"),
            output_tokens=count_at(result, "output_tokens", path, needed=True),
        )
        service = _SERVICES.get(label(result.get("service_tier")) or "", Service.STANDARD)
        yield Used(bucket, _whose(result, label(result.get("model")) or "(no model)"), tokens, service=service)
        searches = count_at(tools, "web_search_requests", f"{path}.server_tool_use")
        if searches:
            yield Used(bucket, _whose(result, WEB_SEARCH), NOTHING, unit=Unit.SEARCH, units=searches)


def _inner(result: JsonObject, name: str, path: str) -> JsonObject:
    inner = result.get(name) or {}
    if not isinstance(inner, dict):
        raise SourceDrifted(f"{path}.{name} is {kind_of(inner)} where an object belongs")
    return inner


def _whose(result: JsonObject, model: str) -> Series:
    workspace, key = (label(result.get(name)) for name in ("workspace_id", "api_key_id"))
    return Series(model, workspace or "default", key or "(no key)")
