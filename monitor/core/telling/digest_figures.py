"""The figures of a digest. What nobody could read is unknown, and never $0.00."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from monitor.core.budgets import EVERYTHING
from monitor.core.money import Money
from monitor.core.plan import Group, Plan
from monitor.core.rules.forecast import likely_pace
from monitor.core.spending.coverage import is_too_early
from monitor.core.spending.readings import WHOLE, Series
from monitor.core.spending.series import Part
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
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


def purses(plan: Plan) -> tuple[Group, ...]:
    """Return all that is watched in as few currencies as the rates allow, each money once."""
    currencies = [budget.limit.currency for budget in plan.budgets if budget.scope == EVERYTHING]
    members: dict[str, dict[str, Decimal]] = {}
    for name, watched in plan.sources.items():
        if watched.counted_by is None:
            worth = ((c, plan.rates.factor(watched.currency, c)) for c in (*currencies, *members))
            currency, factor = next(
                ((known, factor) for known, factor in worth if factor is not None), (watched.currency, Decimal(1))
            )
            members.setdefault(currency, {})[name] = factor
    return tuple(Group(EVERYTHING, currency, tuple(factors), (), factors) for currency, factors in members.items())


def total_of(group: Group, sources: Sources, window: Window, now: datetime) -> Total:
    """Return what the sources of the group spent together, in its currency."""
    cost: Decimal | None = None
    partly = False
    for name in group.sources:
        known = cost_of(sources[name], window, now, group.scope.series)
        if known is not None:
            cost = (cost or Decimal(0)) + known.amount * group.factors[name]
        partly = partly or known is None or not is_whole(sources[name], window, now)
    return Total(None if cost is None else Money(cost, group.currency), partly)


def growth_until_end(group: Group, sources: Sources, window: Window, now: datetime) -> Decimal | None:
    """Return what is likely still to be spent in the window; None where it is too early to say, or has no end."""
    if window == FOREVER or not window.start + ELAPSED <= now < window.end:
        return None
    growth, series = Decimal(0), group.scope.series
    for name in group.sources:
        spend = sources[name].spend
        spent = spend.spent(window, now, series)
        if is_too_early(spend, window, now):
            return None
        if spent is not None:
            pace = likely_pace(spend.trail_of(series), window, spent.amount, now)
            growth += pace.until(window.end) * group.factors[name]
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
    return Move(
        name,
        spend.names.shown(part.series),
        cost,
        spend.spent(before, now, part.series),
        new=_is_new(part, spend, window),
    )


def _is_new(part: Part, spend: Spend, window: Window) -> bool:
    """Tell whether it began within the window; what the first look of all has found was there before."""
    return part.since >= window.start and spend.since is not None and part.since > spend.since


def good_polls(source: SourceState, window: Window) -> int:
    return round(source.polls.between(window.start, window.end))


def used_for_nothing(sources: Sources, window: Window) -> list[str]:
    """Return the models that used tokens and cost nothing: free ones, or ones that nobody has a price for."""
    tokens: dict[str, int] = {}
    cost: dict[str, Decimal] = {}
    for source in sources.values():
        for reading in source.spend.readings:
            if reading.model and reading.tokens and reading.span.overlap(window):
                tokens[reading.model] = tokens.get(reading.model, 0) + reading.tokens
                cost[reading.model] = cost.get(reading.model, Decimal(0)) + reading.cost.amount
    return sorted((model for model, amount in cost.items() if not amount), key=lambda model: -tokens[model])
