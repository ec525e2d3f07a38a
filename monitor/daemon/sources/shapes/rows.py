"""Rows by day and by model, in the ways that usage endpoints list them."""

import re
from collections.abc import Iterable, Mapping
from datetime import date

from monitor.core.errors import SourceDrifted
from monitor.daemon.sources.shapes.costs import total
from monitor.daemon.sources.shapes.figures import Day, Figure
from monitor.daemon.sources.shapes.numbers import JsonObject, cost, count, label, objects

DAILY = ("daily", "daily_usage", "daily_costs", "daily_breakdown", "trend", "data")
MODELS = ("models", "by_model", "model_stats", "model_usage")
DATES = ("date", "day", "timestamp", "start_date", "bucket")
MODEL = ("model", "model_name", "name")
# What is deducted goes before the list price.
COSTS = ("actual_cost", "total_actual_cost", "cost", "total_cost", "totalCost", "cost_usd", "amount", "quota_used")
TOKENS = ("total_tokens", "totalTokens", "allTokens", "tokens", "token_count")
REQUESTS = ("request_count", "requests", "total_requests", "totalRequests", "totalCalls", "num_model_requests")
_DATE = re.compile(r"([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})(?![0-9])")


def first(body: JsonObject, names: Iterable[str]) -> str | None:
    """Return the first of the names that has a value here."""
    return next((name for name in names if body.get(name) is not None), None)


def figure(body: JsonObject, what: str) -> Figure | None:
    """Return cost and counts of one object; None where it tells no cost."""
    name = first(body, COSTS)
    return None if name is None else Figure(cost(body[name], f"{what}.{name}"), *counts(body))


def counts(body: JsonObject) -> tuple[int | None, int | None]:
    tokens, requests = first(body, TOKENS), first(body, REQUESTS)
    return (count(body[tokens]) if tokens else None, count(body[requests]) if requests else None)


def day_of(value: object) -> date | None:
    """Return the day that a date or time names, as it is written: it is the provider's own day."""
    match = _DATE.match(value) if isinstance(value, str) else None
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def daily_rows(value: object, what: str = "daily") -> tuple[Day, ...] | None:
    """Return the days of a list of rows or of a mapping by date; None where it is neither.

    Several rows of a day (one for each model, or hour) are added up.

    Raises:
        SourceDrifted: a row has a date and no cost that can be read.
    """
    rows = _dated(value)
    if rows is None:
        return None
    totals: dict[date, Figure] = {}
    models: dict[date, dict[str, Figure]] = {}
    for day, row in rows:
        spent = figure(row, what)
        if spent is None:
            raise SourceDrifted(f"a row of {what} has a date and no cost")
        totals[day] = totals[day] + spent if day in totals else spent
        name = label(row.get("model"))
        inside = {name: spent} if name else model_rows(row.get(first(row, MODELS) or ""), what) or {}
        known = models.setdefault(day, {})
        for model, part in inside.items():
            known[model] = known[model] + part if model in known else part
    return tuple(Day(day, total, models[day]) for day, total in sorted(totals.items()))


def _dated(value: object) -> list[tuple[date, JsonObject]] | None:
    if isinstance(value, dict):
        days = [(day_of(key), _row(row)) for key, row in value.items()]
        known = [(day, row) for day, row in days if day is not None]
        return known if known and len(known) == len(days) else None
    if not isinstance(value, list):
        return None
    found = [(day_of(row[name]), row) for row in objects(value) if (name := first(row, DATES))]
    dated = [(day, row) for day, row in found if day is not None]
    return dated if len(dated) == len(value) else None


def model_rows(value: object, what: str = "models") -> Mapping[str, Figure] | None:
    """Return the cost of each model; None where no model has one. A model without cost is left out."""
    if isinstance(value, dict):
        named = [(label(key), _row(row)) for key, row in value.items()]
    else:
        named = [(label(row.get(first(row, MODEL) or "")), row) for row in objects(value)]
    told = [(name, figure(row, what)) for name, row in named]
    return total((name, spent) for name, spent in told if name and spent is not None) or None


def _row(value: object) -> JsonObject:
    """Return what a mapping holds under a date or a model: an object, or the bare cost."""
    return value if isinstance(value, dict) else {"cost": value}
