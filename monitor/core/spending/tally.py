"""What several sources have spent together, kept up to date one source at a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Context, Decimal

from monitor.core.money import Money
from monitor.core.plan import Group
from monitor.core.shared_map import SharedMap
from monitor.core.spending.marks import Mark
from monitor.core.spending.source import SourceState
from monitor.core.spending.trail import MOST_WEEKS, Trail, merged, scaled
from monitor.core.windows import DAY, WEEK, Window

# So far back the rules ask how several sources grew, for the weeks that make a pattern; a start adds all of it up.
ASKED_FOR = WEEK * MOST_WEEKS + DAY
# Wide enough that adding and taking away again leaves no trace of rounding.
EXACT = Context(prec=80)


@dataclass(frozen=True, slots=True)
class Sum:
    """The cost by source inside one window, None of one of which nothing is known, and the sum of all."""

    costs: SharedMap[Decimal | None]
    total: Decimal | None

    def spent(self, currency: str) -> Money | None:
        """Return the sum; None where nothing is known of any source."""
        return None if self.total is None else Money(self.total, currency)

    def with_cost(self, name: str, cost: Decimal | None) -> "Sum":
        former = self.costs[name]
        if former == cost:
            return self
        costs = self.costs.having(name, cost)
        if cost is None:
            return Sum(costs, _total(costs))
        others = EXACT.subtract(self.total or Decimal(0), former or Decimal(0))
        return Sum(costs, EXACT.add(others, cost))


@dataclass(frozen=True, slots=True)
class Tally:
    """The sums of a group's sources by window, and how all of it grew.

    A budget over a thousand sources is judged at each poll of one of them: only that one is counted anew. What the
    others spent is as of their own last poll.
    """

    sums: Mapping[Window, Sum] = field(default_factory=dict)
    trail: Trail = field(default_factory=Trail)
    seen: SharedMap[Mark | None] = field(default_factory=lambda: SharedMap({}))

    def after(
        self, group: Group, name: str, sources: Mapping[str, SourceState], windows: Iterable[Window], now: datetime
    ) -> "Tally":
        """Return the tally after a poll of source `name`; `sources` holds all of the group's, this one as new."""
        series = group.scope.series
        sums = {}
        for window in windows:
            known = self.sums.get(window)
            if known is None:
                sums[window] = counted(group, sources, window, now)
            else:
                sums[window] = known.with_cost(name, _cost(name, sources, window, group, now))
        trail = sources[name].spend.trail_of(series)
        if len(group.sources) == 1 and group.factors[name] == 1:
            return Tally(sums, trail)
        if not self.seen:
            trails = {
                source: scaled(sources[source].spend.trail_of(series), group.factors[source])
                for source in group.sources
            }
            marks = {source: trail.marks[-1] if trail.marks else None for source, trail in trails.items()}
            return Tally(
                sums, merged(trails.values(), ASKED_FOR), SharedMap(marks) if any(marks.values()) else self.seen
            )
        if not trail.marks:
            return Tally(sums, self.trail, self.seen)
        last = (trail.marks[-1][0], trail.last_level * group.factors[name])
        since, level = self.seen[name] or last
        # Growth that was seen late, as after an outage, belongs to all of the time since the last look.
        grown = self.trail.grown(last[1] - level, now, min(since, now))
        return Tally(sums, grown, self.seen.having(name, last))

    def spent(self, window: Window, currency: str) -> Money | None:
        """Return what all sources spent in the window; None where nothing is known of any."""
        known = self.sums.get(window)
        return None if known is None else known.spent(currency)


def counted(group: Group, sources: Mapping[str, SourceState], window: Window, now: datetime) -> Sum:
    """Return what each source of the group spent in the window, as far as it is known."""
    costs = SharedMap({name: _cost(name, sources, window, group, now) for name in group.sources})
    return Sum(costs, _total(costs))


def _total(costs: Mapping[str, Decimal | None]) -> Decimal | None:
    known = [cost for cost in costs.values() if cost is not None]
    return sum(known, Decimal(0)) if known else None


def _cost(name: str, sources: Mapping[str, SourceState], window: Window, group: Group, now: datetime) -> Decimal | None:
    spend = sources[name].spend
    if spend.since is None or spend.since >= window.end:
        return None  # What was spent before anyone watched is history, not news.
    known = spend.spent(window, now, group.scope.series)
    return None if known is None else known.amount * group.factors[name]
