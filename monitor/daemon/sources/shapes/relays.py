"""The answers of well-known relay programs: sub2api, claude-relay-service, one-api and new-api."""

from collections.abc import Mapping
from decimal import Decimal

from monitor.core.errors import SourceDrifted, SourceRefused
from monitor.daemon.sources.shapes.costs import total
from monitor.daemon.sources.shapes.figures import Figure, Limits, Usage
from monitor.daemon.sources.shapes.limits import money_limits, tightest, with_status
from monitor.daemon.sources.shapes.numbers import JsonObject, ceiling, cost, count, label, number, objects
from monitor.daemon.sources.shapes.rows import counts, daily_rows, figure, first, model_rows
from monitor.daemon.sources.shapes.tutorial import balance_of

# What is used, and the limit that it counts against; a window of minutes is one of rate.
_RELAY_LIMITS = (
    ("currentDailyCost", "dailyCostLimit"),
    ("currentTotalCost", "totalCostLimit"),
    ("weeklyOpusCost", "weeklyOpusCostLimit"),
)
QUOTA_PER_UNIT = Decimal(500_000)


def sub2api(body: object) -> Usage | None:
    """Return the figures of sub2api's /v1/usage, known by its `mode` or `isValid`.

    Its windows overlap and begin at first use: of them only the calendar-like day and month are taken, never a sum.

    Raises:
        SourceRefused: the key is not valid, which it says with status 200.
    """
    if not isinstance(body, dict) or not ({"mode", "isValid"} & body.keys()):
        return None
    if body.get("isValid") is False:
        raise SourceRefused("the answer says isValid: false: the key is not valid")
    usage, plan = _object(body, "usage"), _object(body, "subscription")
    day = _named(plan, "daily_usage_usd", "subscription.")
    today = figure(_object(usage, "today"), "usage.today") or day
    lifetime = figure(_object(usage, "total"), "usage.total")
    month = _named(plan, "monthly_usage_usd", "subscription.")
    days = daily_rows(body.get("daily_usage"), "daily_usage") or ()
    quota = money_limits({"quota": body["quota"]} if isinstance(body.get("quota"), dict) else plan)
    limits = with_status(quota[0] if quota else None, body)
    paths: dict[str, str] = dict(quota[1]) if quota else {}
    balance = balance_of([("", body)], paths)
    if not (today or lifetime or month or days or limits or balance is not None):
        return None
    unit = label(body.get("unit"))
    stood = {"today": "usage.today" if usage else "subscription.daily_usage_usd", "lifetime": "usage.total"}
    known = {"today": today, "lifetime": lifetime}
    paths.update({name: path for name, path in stood.items() if known[name]})
    models = model_rows(body.get("model_stats")) or {}
    return Usage("sub2api", None, today, month, lifetime, days, models, limits, balance, unit, paths)


def relay_service(body: object) -> bool:
    """Tell whether this is claude-relay-service's /v1/usage: totals of tokens, and no money in them."""
    total = _object(_object(body, "usage"), "total")
    return bool({"allTokens", "inputTokens"} & total.keys()) and not {"cost", "actual_cost"} & total.keys()


def user_stats(body: object) -> Usage | None:
    """Return the figures of claude-relay-service's user-stats: a lifetime counter, today's cost and the limits."""
    stats = _object(body, "data")
    total, limits = _object(_object(stats, "usage"), "total"), _object(stats, "limits")
    if total.get("cost") is None or not limits:
        return None
    lifetime = Figure(cost(total["cost"], "usage.total.cost"), *counts(total))
    today = _named(limits, "currentDailyCost", "limits.")
    paths = {"lifetime": "data.usage.total.cost", **({"today": "data.limits.currentDailyCost"} if today else {})}
    pairs = [(limits.get(used), limits.get(limit), limit) for used, limit in _RELAY_LIMITS]
    held = [Limits(cost(used or 0, limit), ceiling(top, limit)) for used, top, limit in pairs]
    found = tightest(held) or Limits(lifetime.cost, None)
    return Usage("claude-relay-service", today=today, lifetime=lifetime, limits=found, paths=paths)


def billing(subscription: object, usage: object) -> Usage | None:
    """Return the figures of one-api's pair of billing endpoints, in hundredths and for all time.

    Its hard limit is what was used plus what is left, so a top-up moves it.
    """
    if not isinstance(subscription, dict) or not isinstance(usage, dict):
        return None
    if usage.get("object") != "list" or usage.get("total_usage") is None or "hard_limit_usd" not in subscription:
        return None
    used = cost(usage["total_usage"], "total_usage") / 100
    top = ceiling(subscription["hard_limit_usd"], "hard_limit_usd")
    paths = {"lifetime": "total_usage", "quota_limit": "hard_limit_usd"}
    return Usage("one-api billing", lifetime=Figure(used), limits=Limits(used, top), paths=paths)


def token_usage(body: object, status: object) -> Usage | None:
    """Return the figures of new-api's /api/usage/token/, in quota units that /api/status explains."""
    data = _object(body, "data")
    if data.get("object") != "token_usage" or data.get("total_used") is None:
        return None
    per_unit = _per_unit(status)
    used = cost(data["total_used"], "total_used") / per_unit
    unlimited = data.get("unlimited_quota") is True
    granted = None if unlimited else ceiling(data.get("total_granted"), "total_granted")
    limits = Limits(used, None if granted is None else granted / per_unit)
    left = (
        None if unlimited or data.get("total_available") is None else number(data["total_available"], "total_available")
    )
    paths = {"lifetime": "data.total_used", "quota_limit": "data.total_granted"}
    balance = None if left is None else max(left, Decimal(0)) / per_unit
    return Usage("new-api token", lifetime=Figure(used), limits=limits, balance=balance, paths=paths)


def user_quota(body: object, status: object) -> Usage | None:
    """Return the figures of new-api's /api/user/self: what all keys of a user have used, and what the wallet holds."""
    data = _object(body, "data")
    if data.get("used_quota") is None or data.get("quota") is None:
        return None
    per_unit = _per_unit(status)
    used = Figure(cost(data["used_quota"], "used_quota") / per_unit, requests=count(data.get("request_count")))
    left = max(number(data["quota"], "quota"), Decimal(0)) / per_unit
    paths = {"lifetime": "data.used_quota", "balance": "data.quota"}
    return Usage("new-api user", lifetime=used, balance=left, paths=paths)


def _per_unit(status: object) -> Decimal:
    """Return how many quota units a dollar is, as /api/status says."""
    told = _object(status, "data").get("quota_per_unit")
    per_unit = QUOTA_PER_UNIT if told is None else number(told, "quota_per_unit")
    if per_unit < 1:
        raise SourceDrifted("quota_per_unit is not a number of units")
    return per_unit


def _object(body: object, name: str) -> JsonObject:
    inside = body.get(name) if isinstance(body, dict) else None
    return inside if isinstance(inside, dict) else {}


def _named(body: JsonObject, name: str, path: str) -> Figure | None:
    return None if body.get(name) is None else Figure(cost(body[name], path + name))


def model_stats(body: object) -> Mapping[str, Figure] | None:
    """Return the cost of each model from claude-relay-service's user-model-stats; None where it is something else.

    `rated` is what counts against the key's limits; older versions tell one `cost`.
    """
    if not isinstance(body, dict) or not isinstance(body.get("data"), list):
        return None
    rows: list[tuple[str, Figure]] = []
    for row in objects(body["data"]):
        costs, name = _object(row, "costs") or row, label(row.get("model"))
        told = first(costs, ("rated", "total", "cost"))
        if name is None or told is None:
            raise SourceDrifted("a row of data has no model or no costs.total")
        rows.append((name, Figure(cost(costs[told], f"data.costs.{told}"), *counts(row))))
    return total(rows)
