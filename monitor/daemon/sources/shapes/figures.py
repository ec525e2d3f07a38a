"""What a shape makes of an answer: amounts as the provider wrote them, not yet money, and where they stood."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Figure:
    cost: Decimal
    tokens: int | None = None
    requests: int | None = None

    def __add__(self, other: "Figure") -> "Figure":
        return Figure(self.cost + other.cost, _both(self.tokens, other.tokens), _both(self.requests, other.requests))


def _both(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    total: Figure
    models: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """`limit` None: there is none. `monthly`: the month's spend is what counts against it."""

    used: Decimal | None
    limit: Decimal | None
    reached: bool = False
    monthly: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """All that one answer told. `asked` is the cost of the days that were asked for; `paths` is where things stood."""

    shape: str
    asked: Figure | None = None
    today: Figure | None = None
    month: Figure | None = None
    lifetime: Figure | None = None
    days: tuple[Day, ...] = ()
    models: Mapping[str, Figure] = field(default_factory=dict)
    limits: Limits | None = None
    balance: Decimal | None = None
    currency: str | None = None
    paths: Mapping[str, str] = field(default_factory=dict)
