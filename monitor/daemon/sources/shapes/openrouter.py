"""The answers of OpenRouter: a key of its own, the keys and the credits of an account, the activity of past days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from monitor.core.errors import SourceDrifted
from monitor.daemon.sources.shapes.costs import Part, total
from monitor.daemon.sources.shapes.figures import Figure, Limits
from monitor.daemon.sources.shapes.numbers import JsonObject, cost, count, label, number
from monitor.daemon.sources.shapes.places import cost_at, number_at, object_at, rows_at
from monitor.daemon.sources.shapes.rows import day_of

NO_LIMIT = Limits(None, None)
_USED_SINCE_RESET = {"daily": "usage_daily", "weekly": "usage_weekly", "monthly": "usage_monthly"}


@dataclass(frozen=True, slots=True)
class KeyUsage:
    """What one key has used, in US dollars; None where a window is not told. `manages`: it reads the whole account."""

    name: str | None
    lifetime: Decimal
    today: Decimal | None
    week: Decimal | None
    month: Decimal | None
    limits: Limits = NO_LIMIT
    manages: bool = False

    def __add__(self, other: "KeyUsage") -> "KeyUsage":
        return KeyUsage(
            self.name,
            self.lifetime + other.lifetime,
            _both(self.today, other.today),
            _both(self.week, other.week),
            _both(self.month, other.month),
        )


def own_key(body: object) -> KeyUsage:
    """Return what `GET /key` tells of the key that asks."""
    return _key(object_at(body, "data"), "data")


def keys(body: object) -> Sequence[tuple[str, KeyUsage]]:
    """Return what one page of `GET /keys` tells: keys with their hashes, which alone are unique."""
    return [
        (label(row.get("hash")) or f"row {place}", _key(row, "data")) for place, row in enumerate(rows_at(body, "data"))
    ]


def by_name(every: Iterable[KeyUsage]) -> Sequence[KeyUsage]:
    """Return the keys with those of one name as one, whose limits are nobody's."""
    names: dict[str | None, KeyUsage] = {}
    for key in every:
        names[key.name] = names[key.name] + key if key.name in names else key
    return [replace(key, name=key.name or "unnamed") for key in names.values()]


def credits_of(body: object) -> tuple[Decimal, Decimal]:
    """Return what `GET /credits` tells: all that was ever bought, and all that was ever used."""
    return number_at(body, "data.total_credits"), cost_at(body, "data.total_usage")


def activity(body: object) -> dict[Part, Figure]:
    """Return what `GET /activity` tells of days that have ended, as a whole and by model.

    There is a row for each endpoint of a model: rows that look alike are added up, as none is said to be a repetition.
    `byok_usage_inference` is what others have billed, and `reasoning_tokens` are within the completion's.

    Raises:
        SourceDrifted: a row without a day that exists or without a cost.
    """
    rows: list[tuple[Part, Figure]] = []
    for row in rows_at(body, "data"):
        day = day_of(row.get("date"))
        if day is None:
            raise SourceDrifted("data.date is no day")
        tokens = [count(row.get(name)) for name in ("prompt_tokens", "completion_tokens")]
        known = [amount for amount in tokens if amount is not None]
        figure = Figure(cost_at(row, "usage"), sum(known) if known else None, count(row.get("requests")))
        model = label(row.get("model")) or label(row.get("model_permaslug"))
        rows += [(Part(day), figure), *([(Part(day, model=model), figure)] if model else [])]
    return total(rows)


def _key(row: JsonObject, path: str) -> KeyUsage:
    used = {name: _cost(row, name, path) for name in ("usage", "usage_daily", "usage_weekly", "usage_monthly")}
    lifetime = used["usage"]
    if lifetime is None:
        raise SourceDrifted(f"nothing stands at {path}.usage")
    return KeyUsage(
        label(row.get("name")) or label(row.get("label")),
        lifetime,
        used["usage_daily"],
        used["usage_weekly"],
        used["usage_monthly"],
        _limits(row, used[_USED_SINCE_RESET.get(str(row.get("limit_reset")), "usage")], path),
        row.get("is_management_key") is True or row.get("is_provisioning_key") is True,
    )


def _limits(row: JsonObject, used: Decimal | None, path: str) -> Limits:
    """Return the key's limit, which counts from its own reset as `limit_remaining` does; that one may be negative."""
    if row.get("limit") is None:
        return NO_LIMIT
    limit = cost(row["limit"], f"{path}.limit")
    if row.get("limit_remaining") is None:
        return Limits(used, limit)
    left = number(row["limit_remaining"], f"{path}.limit_remaining")
    return Limits(max(limit - left, Decimal(0)), limit, reached=left <= 0)


def _cost(row: JsonObject, name: str, path: str) -> Decimal | None:
    return None if row.get(name) is None else cost(row[name], f"{path}.{name}")


def _both(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other
