"""What one look at a source brings home. Everything is absolute: recorded twice, it changes nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

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
Identity = tuple[Window, Series]


@dataclass(frozen=True, slots=True)
class Reading:
    """The cost of `span` so far, for the whole account or for one model, project or key of it.

    The span is what the amount will cover when it has ended (a day, a month, `FOREVER` for a lifetime counter),
    whether or not it has ended already. None in `model`, `project` and `key` means: all of them together.
    """

    span: Window
    cost: Money
    model: str | None = None
    project: str | None = None
    key: str | None = None
    tokens: int | None = None
    requests: int | None = None

    @property
    def series(self) -> Series:
        return Series(self.model, self.project, self.key)

    @property
    def identity(self) -> Identity:
        """Return what makes two readings the same figure, of which the later one counts."""
        return (self.span, self.series)


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit that the provider itself reports. `limit` is None where it sets none.

    `reached` is the provider's own word (a 402, `quota_exhausted`) and holds whatever the figures say.
    """

    used: Money | None
    limit: Money | None
    reached: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """One answer of a source.

    `as_of` is the provider's own time where it tells one, else when the answer came. `error` is what failed beside
    the readings that are here: they count, and the source is not well. `quota` None means: not told this time.
    """

    readings: tuple[Reading, ...]
    as_of: datetime
    latency: timedelta
    quota: Quota | None = None
    balance: Money | None = None
    provenance: Provenance = Provenance.BILLED
    error: SourceError | None = None
