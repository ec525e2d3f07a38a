"""The bars of a chart: what a source spent hour by hour or day by day, and which of it nobody saw."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from monitor.core.rules.forecast import likely_pace
from monitor.core.spending.chart import costs
from monitor.core.spending.source import SourceState
from monitor.core.spending.trail import Trail
from monitor.core.windows import WEEK, Period, Window, share

HOUR = timedelta(hours=1)
# An hour with fewer than this share of the usual polls was not watched: its bar would be a guess.
SEEN = Decimal("0.25")
FORESEEN = 5
# The band of a forecast is how these days were in so many weeks before.
WEEKS = 4
ABOVE_ALL = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Bar:
    """`cost` None is a gap: nobody looked, or nothing is known. `most` and `least` are the bounds of a forecast."""

    window: Window
    cost: Decimal | None
    least: Decimal | None = None
    most: Decimal | None = None


def bars(source: SourceState, period: Period, count: int, zone: tzinfo, now: datetime) -> tuple[Bar, ...]:
    """Return the last `count` bars, the one that still grows last."""
    windows = [period.window(now, zone)]
    while len(windows) < count:
        windows.insert(0, period.window(windows[0].start - timedelta(microseconds=1), zone))
    usual = _usual_polls(source, now)
    known = zip(windows, costs(source, windows, now), strict=True)
    return tuple(
        Bar(window, None if cost is None or not _watched(source, window, usual, now) else cost.amount)
        for window, cost in known
    )


def foreseen(source: SourceState, zone: tzinfo, now: datetime) -> tuple[Bar, ...]:
    """Return what the coming days are likely to cost, as the rule `forecast` sees it; nothing where that is early."""
    month, trail = Period.MONTH.window(now, zone), source.spend.trail
    spent = source.spend.spent(month, now)
    if spent is None or not trail.covers(now - 24 * HOUR):
        return ()
    pace = likely_pace(trail, month, spent.amount, now)
    found: list[Bar] = []
    day = Period.DAY.window(now, zone)
    while len(found) < FORESEEN:
        day = Period.DAY.window(day.end, zone)
        likely = max(pace.until(day.end) - pace.until(day.start), Decimal(0))
        found.append(Bar(day, likely, *_bounds(trail, day, likely, now)))
    return tuple(found)


def _bounds(trail: Trail, day: Window, likely: Decimal, now: datetime) -> tuple[Decimal, Decimal] | tuple[()]:
    """Return the least and the most that such a day cost in the weeks before; nothing where that is known of one."""
    before = [Window(day.start - week * WEEK, day.end - week * WEEK) for week in range(1, WEEKS + 2)]
    known = [trail.between(one.start, one.end) for one in before if one.end <= now and trail.covers(one.start)][:WEEKS]
    return (min(*known, likely), max(*known, likely)) if len(known) > 1 else ()


def highest(found: Sequence[Bar]) -> Decimal:
    return max((bar.most or bar.cost for bar in found if bar.cost is not None), default=Decimal(0))


def _usual_polls(source: SourceState, now: datetime) -> Decimal:
    """Return how many good polls an hour there were since the first of them that is kept."""
    marks = source.polls.marks
    watched = now - marks[0][0] if marks else timedelta()
    return source.polls.between(marks[0][0], now) / share(watched, HOUR) if watched > HOUR else Decimal(0)


def _watched(source: SourceState, window: Window, usual: Decimal, now: datetime) -> bool:
    """Tell whether enough of it was seen. What was told before the polls were counted counts as seen."""
    if not usual or not source.polls.covers(window.start):
        return True
    span = Window(window.start, min(window.end, now)) if window.start < now else window
    if usual * share(span.length, HOUR) >= 1 and _spread(source.spend.trail, span):
        return False
    return source.polls.between(span.start, span.end) >= usual * share(span.length, HOUR) * SEEN


def _spread(trail: Trail, span: Window) -> bool:
    """Tell whether what grew in the span was only seen after it, and laid evenly over a time that nobody watched."""
    first = bisect_left(trail.marks, (span.start, -ABOVE_ALL))
    seen = first < len(trail.marks) and trail.marks[first][0] <= span.end
    return not seen and trail.between(span.start, span.end) > 0
