"""Limits of money, told apart from limits of rate, in /usage and in /usage/limits."""

import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from monitor.daemon.sources.shapes.figures import Limits
from monitor.daemon.sources.shapes.numbers import JsonObject, ceiling, cost, number, objects
from monitor.daemon.sources.shapes.rows import first

ENVELOPES = ("data", "result", "usage", "quota", "account", "keyInfo", "resp_data", "info", "limits", "budget")
_MONTHLY = (
    ("monthly_usage_usd", "monthly_used", "monthly_usage", "month_used", "monthly_cost"),
    ("monthly_limit_usd", "monthly_limit", "monthly_budget_usd", "monthly_budget", "monthly_quota"),
    ("monthly_remaining", "monthly_remaining_usd"),
)
_DAILY = (
    ("daily_usage_usd", "daily_used", "currentDailyCost"),
    ("daily_limit_usd", "daily_limit", "dailyCostLimit"),
    ("daily_remaining",),
)
_QUOTA = (("quota_used", "used_quota"), ("quota_limit", "quota_total", "total_quota"), ("quota_remaining",))
_TOTAL = (("currentTotalCost",), ("totalCostLimit",), ())
_PLAIN = (
    ("used", "used_usd", "current_usage", "spent"),
    ("limit", "limit_usd", "max_budget", "budget", "hard_limit_usd", "hard_limit", "spend_limit"),
    ("remaining", "limit_remaining", "remaining_usd"),
)
_NAMES = (_QUOTA, _MONTHLY, _PLAIN, _TOTAL, _DAILY)
_RATE = re.compile(r"rpm|tpm|rps|rate|per_?(?:minute|second|hour)|concurren|request|token", re.IGNORECASE)
_COUNTED = frozenset({"request_count", "total_requests", "requests", "total_tokens", "tokens", "totalTokens"})
_SPENT = frozenset({"quota_exhausted", "quota_exceeded", "exhausted", "insufficient_quota", "budget_exceeded"})


def layers(body: object, path: str = "", depth: int = 3) -> list[tuple[str, JsonObject]]:
    """Return the object and those in its known envelopes, outermost first, each with its path."""
    if not isinstance(body, dict):
        return []
    found: list[tuple[str, JsonObject]] = [(path, body)]
    for name in ENVELOPES if depth else ():
        found += layers(body.get(name), f"{path}{name}.", depth - 1)
    return found


def money_limits(body: object) -> tuple[Limits, dict[str, str]] | None:
    """Return the first limit of money and where it stood; None where the answer tells of none.

    A limit goes before a used amount that has none; windows are never mixed.

    Raises:
        SourceDrifted: a name of a limit with no number.
    """
    unlimited: tuple[Limits, dict[str, str]] | None = None
    for path, layer in [*layers(body), *_listed(body)]:
        for names in _NAMES:
            found = _limits(layer, names, path)
            if found is not None and found[0].limit is not None:
                return found
            unlimited = unlimited or found
    return unlimited


def tightest(held: Iterable[Limits]) -> Limits | None:
    """Return the limit that is nearest to its end, as it is the one that will refuse; None where none can be compared.

    Limits of different windows hold side by side, and what is used of them is never added.
    """
    shares = [(one.used / one.limit, one) for one in held if one.limit and one.used is not None]
    return max(shares, key=lambda share: share[0])[1] if shares else None


def with_status(limits: Limits | None, body: object) -> Limits | None:
    """Return the limit of an answer, reached where the provider's own word is that the quota is used up."""
    if all(str(layer.get("status", "")).lower() not in _SPENT for _, layer in layers(body)):
        return limits
    return Limits(limits.used if limits else None, limits.limit if limits else None, reached=True)


def _listed(body: object) -> list[tuple[str, JsonObject]]:
    """Return the entries of a list of limits that are about money."""
    lists = [(f"{path}{name}.", layer.get(name)) for path, layer in layers(body) for name in ("limits", "data")]
    words = ("type", "name", "metric", "kind", "unit")
    return [
        (path, entry)
        for path, entries in lists
        for entry in objects(entries)
        if re.search("budget|quota|cost|spend|usd|month", " ".join(str(entry.get(word, "")) for word in words).lower())
    ]


def _limits(
    layer: JsonObject, names: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], path: str
) -> tuple[Limits, dict[str, str]] | None:
    if names is _PLAIN and _is_rate(layer):
        return None
    used, limit, remaining = (
        next((name for name in group if layer.get(name) is not None and not isinstance(layer[name], dict)), None)
        for group in names
    )
    # What is left or used, alone, is no limit; a limit alone is one.
    present = any(name in layer for name in names[1] if not isinstance(layer.get(name), dict))
    if not present and (used is None or names is not _QUOTA):
        return None
    top = ceiling(layer[limit], path + limit) if limit else None
    found = Limits(cost(layer[used], path + used) if used else None, top, monthly=names in (_QUOTA, _MONTHLY, _PLAIN))
    if used is None and remaining is not None and top is not None:
        left = number(layer[remaining], path + remaining)
        found = replace(found, used=None if left == -1 else max(top - left, Decimal(0)))
    stood = {"quota_used": used or remaining, "quota_limit": limit}
    return found, {meaning: path + name for meaning, name in stood.items() if name}


def _is_rate(layer: JsonObject) -> bool:
    """Tell whether a bare `limit` here is one of requests or tokens."""
    if any(_RATE.search(name) for name in layer if name not in _COUNTED and not isinstance(layer[name], dict | list)):
        return True
    words = [str(layer.get(name, "")) for name in ("type", "name", "metric", "unit", "window", "period")]
    return bool(_RATE.search(" ".join(words))) or first(layer, ("reset", "window_seconds")) is not None


__all__ = ["layers", "money_limits", "tightest", "with_status"]
