"""The figures of a digest. What nobody could read is unknown, and never $0.00."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from monitor.core.money import Money
from monitor.core.readings import WHOLE, Series
from monitor.core.rules.forecast import likely_pace
from monitor.core.series import Part
from monitor.core.source import SourceState
from monitor.core.spend import Spend
from monitor.core.windows import FOREVER, Window

Sources = Mapping[str, SourceState]

# No forecast from the first minutes of a window.
ELAPSED = timedelta(hours=1)
# So many of the parts that moved most are looked at closely.
CANDIDATES = 12


@dataclass(frozen=True, slots=True)
class Total:
    """What several sources spent; `cost` None is unknown, and `partly` says that something of it is."""

    cost: Money | None
    partly: bool = False

    def __str__(self) -> str:
        if self.cost is None:
            return "unknown"
        return f"at least {self.cost}" if self.partly else str(self.cost)


@dataclass(frozen=True, slots=True)
class Move:
    """What one model, project or key cost; `before` None where that is not known, `new` where it was not there."""

    source: str
    series: Series
    cost: Money
    before: Money | None
    new: bool

    @property
    def moved(self) -> Decimal:
        return self.cost.amount - (self.before.amount if self.before else Decimal(0))


def read_until(source: SourceState, window: Window) -> datetime | None:
    """Return until when the source was read inside the window; None where it was not."""
    last = source.health.last_success
    return None if last is None or last <= window.start else min(last, window.end)


def cost_of(source: SourceState, window: Window, now: datetime, series: Series = WHOLE) -> Money | None:
    """Return what is known of the window; None where nothing good was read since it began."""
    return None if read_until(source, window) is None else source.spend.spent(window, now, series)


def is_whole(source: SourceState, window: Window, now: datetime) -> bool:
    """Tell whether the window was read to its end, or to now."""
    until = read_until(source, window)
    if until is None:
        return False
    return until == window.end or (now < window.end and source.health.fault is None)


def total_of(names: Iterable[str], sources: Sources, window: Window, now: datetime, series: Series = WHOLE) -> Total:
    """Return what the sources, which are all of one currency, spent together."""
    cost: Money | None = None
    partly = False
    for name in names:
        known = cost_of(sources[name], window, now, series)
        if known is not None:
            cost = known if cost is None else cost + known
        partly = partly or known is None or not is_whole(sources[name], window, now)
    return Total(cost, partly)


def growth_until_end(
    names: Iterable[str], sources: Sources, window: Window, now: datetime, series: Series = WHOLE
) -> Decimal | None:
    """Return what is likely still to be spent in the window; None where it is too early to say, or has no end."""
    if window == FOREVER or not window.start + ELAPSED <= now < window.end:
        return None
    growth = Decimal(0)
    for name in names:
        spend = sources[name].spend
        spent = spend.spent(window, now, series)
        if spent is not None:
            growth += likely_pace(spend.trail_of(series), window, spent.amount, now).until(window.end)
    return growth


def moves(sources: Sources, window: Window, before: Window, now: datetime) -> list[Move]:
    """Return the models, projects and keys whose cost changed most against the window before."""
    parts = [(name, part) for name, source in sources.items() for part in source.spend.parts]
    parts.sort(key=lambda item: -_rough_move(item[1], window, before))
    found = [_move(name, part, sources[name].spend, window, before, now) for name, part in parts[:CANDIDATES]]
    known = [move for move in found if move is not None and (move.new or move.before is not None)]
    return sorted(known, key=lambda move: (-abs(move.moved), move.source, str(move.series)))


def _rough_move(part: Part, window: Window, before: Window) -> Decimal:
    """Return about how much it moved: the trail answers at once, and the readings do not."""
    trail = part.trail
    return abs(trail.between(window.start, window.end) - trail.between(before.start, before.end))


def _move(name: str, part: Part, spend: Spend, window: Window, before: Window, now: datetime) -> Move | None:
    cost = spend.spent(window, now, part.series)
    if cost is None:
        return None
    return Move(name, part.series, cost, spend.spent(before, now, part.series), new=_is_new(part, spend, window))


def _is_new(part: Part, spend: Spend, window: Window) -> bool:
    """Tell whether it began within the window; what the first look of all has found was there before."""
    return part.since >= window.start and spend.since is not None and part.since > spend.since


def good_polls(source: SourceState, window: Window) -> int:
    return round(source.polls.between(window.start, window.end))


def without_price(sources: Sources, window: Window) -> list[str]:
    """Return the models that used tokens and cost nothing: free ones, or ones that nobody has a price for."""
    tokens: dict[str, int] = {}
    cost: dict[str, Decimal] = {}
    for source in sources.values():
        for reading in source.spend.readings:
            if reading.model and reading.tokens and reading.span.overlap(window):
                tokens[reading.model] = tokens.get(reading.model, 0) + reading.tokens
                cost[reading.model] = cost.get(reading.model, Decimal(0)) + reading.cost.amount
    return sorted((model for model, amount in cost.items() if not amount), key=lambda model: -tokens[model])
