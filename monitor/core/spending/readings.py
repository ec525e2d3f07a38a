"""What one look at a source brings home. Everything is absolute: recorded twice, it changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal, NamedTuple

from monitor.core.errors import SourceError
from monitor.core.money import Money
from monitor.core.windows import Window


class Provenance(StrEnum):
    BILLED = "billed"
    ESTIMATED = "estimated"
    MIXED = "mixed"


class Series(NamedTuple):
    """What a figure is of; None means: all of them together."""

    model: str | None = None
    project: str | None = None
    key: str | None = None

    def includes(self, other: "Series") -> bool:
        return all(mine in (None, theirs) for mine, theirs in zip(self, other, strict=True))

    @property
    def dimensions(self) -> tuple[bool, ...]:
        """Return by what it is broken down: two breakdowns by different things are views of the same money."""
        return tuple(name is not None for name in self)

    def __str__(self) -> str:
        return " / ".join(name for name in self if name is not None) or "everything"


WHOLE = Series()
Dimension = Literal["model", "project", "key"]
Identity = tuple[Window, Series, bool]


@dataclass(frozen=True, slots=True)
class Reading:
    """The cost of `span` so far, for the whole account or for one model, project or key of it.

    The span is what the amount will cover when it has ended (a day, a month, `FOREVER` for a lifetime counter),
    whether or not it has ended already. None in `model`, `project` and `key` means: all of them together.
    `estimated` is what was reckoned from usage and prices; it stands beside the bill of the same span.
    `unpriced_tokens` are those of its tokens that nobody has a price for: the cost has an upper bound for them, and for
    as many `unpriced_units` of what is not paid by the token.
    """

    span: Window
    cost: Money
    model: str | None = None
    project: str | None = None
    key: str | None = None
    tokens: int | None = None
    requests: int | None = None
    estimated: bool = False
    unpriced_tokens: int = 0
    unpriced_units: int = 0

    @property
    def series(self) -> Series:
        return Series(self.model, self.project, self.key)

    @property
    def is_partly_unpriced(self) -> bool:
        return bool(self.unpriced_tokens or self.unpriced_units)

    @property
    def identity(self) -> Identity:
        """Return what makes two readings the same figure, of which the later one counts."""
        return (self.span, self.series, self.estimated)


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit that the provider itself reports. `limit` is None where it sets none.

    `reached` is the provider's own word (a 402, `quota_exhausted`) and holds whatever the figures say. `monthly` is one
    of the calendar month in UTC: where `used` is not told, it is what was spent in that.
    """

    used: Money | None
    limit: Money | None
    reached: bool = False
    monthly: bool = False


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How many requests, tokens or the like are left of a limit; `name` is the provider's own word for it."""

    name: str
    limit: int
    remaining: int

    @property
    def left(self) -> Decimal:
        """Return the share that is left."""
        return Decimal(self.remaining) / self.limit


@dataclass(frozen=True, slots=True)
class Observation:
    """One answer of a source.

    `as_of` is the provider's own time where it tells one, else when the answer came. `error` is what failed beside
    the readings that are here: they count, and the source is not well. `quota` None means: not told this time. Bills of
    spans before `settled_until` are final, but for corrections; None where there are only bills, or only estimates.
    `clock_skew` is by how much our clock is ahead of the provider's, behind it when negative.
    `complete` are spans of which all bills are told: a part of one that was known, and is not among the readings, is no
    more. The same goes for all estimates of spans inside of `estimated_anew`, whatever their length.
    `lost` are the requests of this month that are known to be in none of the readings, as they could not be recorded.
    `names` are what the provider calls some of the projects and keys, by their IDs. `closed_for` is for how long it
    lets in no more requests, where it says so.
    """

    readings: tuple[Reading, ...]
    as_of: datetime
    latency: timedelta
    quota: Quota | None = None
    balance: Money | None = None
    provenance: Provenance = Provenance.BILLED
    error: SourceError | None = None
    settled_until: datetime | None = None
    rate_limits: tuple[RateLimit, ...] = ()
    clock_skew: timedelta | None = None
    complete: frozenset[Window] = frozenset()
    estimated_anew: Window | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    closed_for: timedelta | None = None
    lost: int = 0
