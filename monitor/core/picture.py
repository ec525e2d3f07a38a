"""A chart that goes with a message, as figures: the edge that sends it draws it."""

from dataclasses import dataclass
from decimal import Decimal

from monitor.core.budgets import Severity


@dataclass(frozen=True, slots=True)
class Line:
    """A height that matters: the limit, or a threshold of it."""

    amount: Decimal
    label: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Picture:
    """`bars` are in order of time, the last is still running; None is unknown, and no bar. There is room for `cells`.

    `first` and `last` are when the first cell begins and the last ends. `mark` is the bar in which the alert began.
    """

    title: str
    caption: str
    bars: tuple[Decimal | None, ...]
    cells: int
    first: str
    last: str
    currency: str
    lines: tuple[Line, ...] = ()
    mark: int | None = None
