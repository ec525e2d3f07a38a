"""What the ledger tells of requests, as the documents of `report --json`, `compare --json` and the API."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from monitor.core.money import Money
from monitor.core.windows import Window
from monitor.daemon.document import time_text
from monitor.daemon.reporting import Report, Row
from monitor.daemon.what_if import Choice

_MILLISECOND = timedelta(milliseconds=1)
_COUNTS = ("requests", "errors", "input_tokens", "cached_tokens", "output_tokens", "unpriced_requests")
_NOTHING: Mapping[str, Any] = {
    **dict.fromkeys(_COUNTS, 0),
    "cost": "0",
    "currency": "USD",
    "mean_latency_ms": None,
    "p95_latency_ms": None,
}


def report_document(seen: Report) -> Mapping[str, Any]:
    """Return the report: `total` is that of the dearest currency, `totals` has all of them."""
    totals = [_entry(row) for row in seen.totals]
    return {
        "from": time_text(seen.window.start),
        "to": time_text(seen.window.end),
        "by": str(seen.by),
        "rows": [{str(seen.by): row.label, **_entry(row)} for row in seen.rows],
        "total": totals[0] if totals else _NOTHING,
        "totals": totals,
        "before": [_entry(row) for row in seen.before],
    }


def compare_document(window: Window, paid: Money, choices: Iterable[Choice]) -> Mapping[str, Any]:
    return {
        "from": time_text(window.start),
        "to": time_text(window.end),
        "spent": _amount(paid),
        "currency": paid.currency,
        "models": [
            {
                "provider": choice.provider,
                "model": choice.model,
                "cost": _amount(choice.cost),
                "currency": choice.cost and choice.cost.currency,
            }
            for choice in choices
        ],
    }


def _entry(row: Row) -> Mapping[str, Any]:
    return {
        "requests": row.requests,
        "errors": row.errors,
        "input_tokens": row.usage.input_tokens,
        "cached_tokens": row.usage.cache_read_tokens,
        "output_tokens": row.usage.output_tokens,
        "cost": _amount(row.cost),
        "currency": row.currency,
        "unpriced_requests": row.unpriced,
        "estimated_requests": row.estimated,
        "mean_latency_ms": _millis(row.latency),
        "p95_latency_ms": _millis(row.slowest),
        "error_share": row.errors / row.requests,
        "cache_saving": _amount(row.cached_saving),
        "repeated_requests": row.repeats.repeated if row.repeats.known else None,
        "repeated_share": row.repeats.repeated / row.repeats.known if row.repeats.known else None,
        "repeated_cost": _amount(row.repeats.cost) if row.repeats.known else None,
    }


def _amount(money: Money | None) -> str | None:
    return None if money is None else f"{money.amount.normalize():f}"


def _millis(span: timedelta | None) -> float | None:
    return None if span is None else span / _MILLISECOND
