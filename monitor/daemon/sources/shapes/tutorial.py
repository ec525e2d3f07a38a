"""The flat shape that users of HolySheep report: cost, quota_used, quota_limit, total_tokens, request_count."""

from decimal import Decimal

from monitor.daemon.sources.shapes.figures import Day, Figure, Usage
from monitor.daemon.sources.shapes.limits import layers, money_limits, with_status
from monitor.daemon.sources.shapes.numbers import JsonObject, cost, label, number
from monitor.daemon.sources.shapes.rows import DAILY, MODELS, counts, daily_rows, model_rows

_ASKED = ("actual_cost", "total_actual_cost", "cost", "total_cost", "totalCost", "cost_usd", "total_cost_usd", "spend")
_TODAY = ("todayCost", "today_cost", "cost_today", "currentDailyCost")
_MONTH = ("monthCost", "month_cost", "monthly_cost", "cost_this_month")
_LIFETIME = ("used_balance",)
_BALANCE = ("balance", "remain_balance", "available_balance", "balance_usd", "available_amount")
_CURRENCY = ("currency", "unit")

Layers = list[tuple[str, JsonObject]]


def tutorial(body: object) -> Usage | None:
    """Return the figures of an object that names a cost, a used quota or days, flat or in an envelope.

    Raises:
        SourceDrifted: a known name holds what cannot be an amount.
    """
    within = layers(body)
    paths: dict[str, str] = {}
    asked = _figure(within, _ASKED, paths, "cost")
    today, month = _figure(within, _TODAY, paths, "today"), _figure(within, _MONTH, paths, "month")
    lifetime = _figure(within, _LIFETIME, paths, "lifetime")
    days = _rows(within, paths)
    models = next((rows for path, layer in within for name in MODELS if (rows := model_rows(layer.get(name)))), {})
    quota = money_limits(body)
    limits = with_status(quota[0] if quota else None, body)
    paths.update(quota[1] if quota else {})
    if asked is None and month is None and limits is not None and limits.used is not None and limits.monthly:
        month = Figure(limits.used, *_counts(within))
        paths["cost"] = paths.get("quota_used", "quota_used")
    left = balance_of(within, paths)
    if not (asked or today or month or lifetime or days or left is not None):
        return None
    return Usage(
        "tutorial", asked, today, month, lifetime, days, models, limits, left, currency_of(within, paths), paths
    )


def balance_of(within: Layers, paths: dict[str, str]) -> Decimal | None:
    """Return what is left on the account; None where it is unlimited, debts as nothing left."""
    place = _find(within, _BALANCE)
    if place is None or any(layer.get("unlimited_quota") is True for _, layer in within):
        return None
    path, layer, name = place
    left = number(layer[name], path + name)
    paths["balance"] = path + name
    return None if left == -1 else max(left, Decimal(0))


def currency_of(within: Layers, paths: dict[str, str]) -> str | None:
    place = _find(within, _CURRENCY)
    word = label(place[1][place[2]]) if place else None
    if place and word:
        paths["currency"] = place[0] + place[2]
    return word


def _figure(within: Layers, names: tuple[str, ...], paths: dict[str, str], meaning: str) -> Figure | None:
    place = _find(within, names)
    if place is None:
        return None
    path, layer, name = place
    paths[meaning] = path + name
    tokens, requests = counts(layer) if meaning == "cost" else (None, None)
    if meaning == "cost" and tokens is None and requests is None:
        tokens, requests = _counts(within)
    return Figure(cost(layer[name], path + name), tokens, requests)


def _counts(within: Layers) -> tuple[int | None, int | None]:
    return next((found for _, layer in within if any(found := counts(layer))), (None, None))


def _find(within: Layers, names: tuple[str, ...]) -> tuple[str, JsonObject, str] | None:
    found = ((path, layer, name) for path, layer in within for name in names if layer.get(name) is not None)
    return next(found, None)


def _rows(within: Layers, paths: dict[str, str]) -> tuple[Day, ...]:
    for path, layer in within:
        for name in DAILY:
            rows = daily_rows(layer.get(name), path + name)
            if rows:
                paths["daily"] = path + name
                return rows
    return ()
