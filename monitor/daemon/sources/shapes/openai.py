"""The rows of OpenAI's reports: when a bucket was, whose it is, and what it tells.

Source: https://platform.openai.com/docs/api-reference/usage
"""

import re
from collections.abc import Callable, Iterable, Iterator
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
from monitor.prices.presets import CODE_INTERPRETER, FILE_SEARCH, WEB_SEARCH

# "gpt-4.1-2025-04-14, cached input": what follows the model is the kind of its tokens.
_LINE_ITEM = re.compile(r"(?P<model>[^,|]+), (?:[a-z]+ )*(?:input|output|training|tokens)\b.*")
# "Web search tool calls", "assistants api | file search": under one name with what the usage tells of them.
_TOOL = re.compile("|".join((WEB_SEARCH, FILE_SEARCH, CODE_INTERPRETER)), re.IGNORECASE)
CENT = Decimal("0.01")
_EARLIEST, _LATEST = 1_000_000_000, 100_000_000_000
_SERVICES = {"flex": Service.FLEX, "priority": Service.PRIORITY, "batch": Service.BATCH}

Reader = Callable[[JsonObject, str], Iterable[Used]]


def span(row: JsonObject, where: str) -> Window:
    return span_between(row, ("start_time", "end_time"), where, _moment)


def _moment(value: object, where: str) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int) or not _EARLIEST <= value < _LATEST:
        raise SourceDrifted(f"{where} is {kind_of(value)} where seconds since 1970 belong")
    return datetime.fromtimestamp(value, UTC)


def costs(row: JsonObject, where: str) -> Iterator[Cost]:
    name = "result" if "results" not in row and "result" in row else "results"  # Its older name.
    for result, path in results_of(row, where, name):
        amount = result.get("amount")
        if not isinstance(amount, dict):
            raise SourceDrifted(f"{path}.amount is {kind_of(amount)} where an object belongs")
        yield Cost(cost(amount.get("value"), f"{path}.amount.value"), _part(result), label(amount.get("currency")))


def spend_limit(body: object) -> tuple[Decimal, str | None] | None:
    """Return an organization's limit for the month and its currency; None where it has none.

    Whether it is being enforced is told too, but not whether that means that requests are refused by now.

    Raises:
        SourceDrifted: it is no whole number of cents, or of another time than a month.
    """
    if not isinstance(body, dict) or body.get("threshold_amount") is None:
        return None
    cents = body["threshold_amount"]
    if isinstance(cents, bool) or not isinstance(cents, int) or cents < 0:
        raise SourceDrifted(f"threshold_amount is {kind_of(cents)} where a whole number of cents belongs")
    if body.get("interval") != "month":
        raise SourceDrifted("interval is not a month")
    return cents * CENT, label(body.get("currency"))


def _part(result: JsonObject) -> Series:
    """Return what a cost was for. Where all three are null there is no group, and the cost is the whole."""
    item, project, key = (label(result.get(name)) for name in ("line_item", "project_id", "api_key_id"))
    if item is None and project is None and key is None:
        return WHOLE
    if tool := _TOOL.search(item or ""):
        return _named(tool[0].lower(), project, key)
    match = _LINE_ITEM.fullmatch(item or "")
    return _named(match["model"] if match else item, project, key)


def _named(model: str | None, project: str | None, key: str | None) -> Series:
    return Series(model or "(no line item)", project or "(no project)", key or "(no key)")


def completions(row: JsonObject, where: str) -> Iterator[Used]:
    bucket = span(row, where)
    for result, path in results_of(row, where):
        whole = count_at(result, "input_tokens", path, needed=True)
        cached = count_at(result, "input_cached_tokens", path)
        written = count_at(result, "input_cache_write_tokens", path)
        if cached + written > whole:
            raise SourceDrifted(f"{path}.input_tokens does not include the cached ones")
        yield Used(
            bucket,
            _whose(result, label(result.get("model"))),
            Usage.with_total_input(
                whole,
                count_at(result, "output_tokens", path, needed=True),
                cache_read_tokens=cached,
                cache_write_5m_tokens=written,
            ),
            requests=count_at(result, "num_model_requests", path),
            service=_service(result),
        )


def _service(result: JsonObject) -> Service:
    if result.get("batch") is True:
        return Service.BATCH
    return _SERVICES.get(label(result.get("service_tier")) or "", Service.STANDARD)


def embeddings(row: JsonObject, where: str) -> Iterator[Used]:
    """Yield what embeddings used: they have no output."""
    bucket = span(row, where)
    for result, path in results_of(row, where):
        tokens = Usage(count_at(result, "input_tokens", path, needed=True))
        requests = count_at(result, "num_model_requests", path)
        yield Used(bucket, _whose(result, label(result.get("model"))), tokens, requests)


def counted(name: str, unit: Unit, tool: str | None = None) -> Reader:
    """Return what reads so many of a unit, which stand under a name; they belong to a tool where it is no model's."""

    def read(row: JsonObject, where: str) -> Iterator[Used]:
        bucket = span(row, where)
        for result, path in results_of(row, where):
            units = count_at(result, name, path, needed=True)
            requests = count_at(result, "num_model_requests", path)
            part = _whose(result, tool or label(result.get("model")))
            yield Used(bucket, part, NOTHING, requests, unit=unit, units=units)

    return read


def _whose(result: JsonObject, model: str | None) -> Series:
    return _named(model, label(result.get("project_id")), label(result.get("api_key_id")))
