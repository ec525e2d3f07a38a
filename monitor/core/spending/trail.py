"""How a sum grew over time: exact lately, coarser long ago, so that it stays small for ever."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise

from monitor.core.moments import TICK, micros
from monitor.core.money import to_nano
from monitor.core.spending.marks import Mark, Marks, Point, amount
from monitor.core.windows import WEEK, share

Grain = tuple[tuple[timedelta, timedelta], ...]

# (as old as this, one mark for each of these). Between two marks growth counts as even.
FINE: Grain = (
    (timedelta(hours=2), timedelta(seconds=30)),
    (timedelta(days=2), timedelta(minutes=15)),
    (timedelta(days=70), timedelta(hours=1)),
)
# For the many parts of an account, which are only ever compared by the hour.
COARSE: Grain = ((timedelta(hours=2), timedelta(minutes=5)), (timedelta(days=28), timedelta(hours=1)))
# So many whole weeks make a pattern; more than the last four are another time.
FEWEST_WEEKS, MOST_WEEKS = 2, 4
# How often old marks are looked through: doing so at each poll would cost more than all else of it.
THINNED_EVERY = timedelta(minutes=15)
_THINNED_EVERY = THINNED_EVERY // TICK
# What may become of a new mark depends on so many before it.
_LOOKED_AT = 3

# (age, size) of a grain, in microseconds as all times here.
_Cells = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Trail:
    """Marks `(when, level)` in order of time. The first level is what had been spent before anyone watched."""

    marks: Marks = field(default_factory=Marks)

    @classmethod
    def of(cls, marks: Iterable[Mark]) -> "Trail":
        return cls(Marks.of(marks))

    @property
    def last_at(self) -> datetime | None:
        return self.marks[-1][0] if self.marks else None

    @property
    def last_level(self) -> Decimal:
        return self.marks[-1][1] if self.marks else Decimal(0)

    def grown(self, growth: Decimal, now: datetime, since: datetime | None = None, grain: Grain = FINE) -> "Trail":
        """Return the trail with the sum grown by `growth` at `now`, evenly since `since` (None: since the last mark).

        Marks later than `now` are dropped: the clock was wrong when they were made. What they had grown by stays.
        """
        marks, cells, at, grew = self.marks, _cells(grain), micros(now), to_nano(growth)
        level = (marks.nano(-1) if marks else 0) + grew
        begin = at if since is None else min(at, micros(since))
        settled = max(bisect_left(marks.moments, begin) - _LOOKED_AT, 0)
        lately = marks.points(settled)
        while lately and lately[-1][0] >= at:
            lately.pop()
        if since is not None and grew:
            _raise(lately, grew, begin, at)
        finest = cells[0][1]
        if len(lately) > 1 and _same(lately[-1][0], at, finest) and not _ends_flat(lately, len(lately) - 1, finest):
            lately.pop()
        if len(lately) > 1 and lately[-1][1] == lately[-2][1] == level:
            lately.pop()  # A flat stretch needs only its two ends.
        if lately and not _same(lately[-1][0], at, _THINNED_EVERY):
            thinned = _thinned_since(lately[-1][0], marks.then(lately, stop=settled), at, cells)
            return Trail(thinned.then([(at, level)]))
        return Trail(marks.then([*lately, (at, level)], stop=settled))

    def covers(self, moment: datetime) -> bool:
        return bool(self.marks) and self.marks[0][0] <= moment

    def weeks(self, moment: datetime) -> int:
        """Return how many whole weeks before `moment` were watched, up to four; 0 where they make no pattern."""
        return next((n for n in range(MOST_WEEKS, FEWEST_WEEKS - 1, -1) if self.covers(moment - WEEK * n)), 0)

    def level(self, moment: datetime) -> Decimal:
        """Return the level at `moment`, even between marks, flat outside them."""
        marks, at = self.marks, micros(moment)
        moments = marks.moments
        index = bisect_right(moments, at)
        if index in (0, len(moments)):
            return amount(marks.nano(max(index - 1, 0))) if moments else Decimal(0)
        before, after = marks.points(index - 1, index + 1)
        return amount(_even(before, after, at))

    def between(self, start: datetime, end: datetime) -> Decimal:
        """Return the growth in `[start, end)`; never negative, as a correction is not a refund of that span."""
        return max(self.level(end) - self.level(start), Decimal(0))

    def fell(self, start: datetime, end: datetime) -> bool:
        """Tell whether the sum was corrected downward in `(start, end]`."""
        moments = self.marks.moments
        index = max(bisect_right(moments, micros(start)) - 1, 0)
        lately = self.marks.points(index, bisect_right(moments, micros(end)))
        return any(after < before for (_, before), (_, after) in pairwise(lately))

    def pace(self, now: datetime, over: timedelta) -> Decimal | None:
        """Return the growth per hour over the last `over`, or what was watched of it; None below a minute."""
        if not self.marks:
            return None
        start = max(now - over, self.marks[0][0])
        if now - start < timedelta(minutes=1):
            return None
        return self.between(start, now) / share(now - start, timedelta(hours=1))


def scaled(trail: Trail, factor: Decimal) -> Trail:
    """Return the trail in another currency."""
    return trail if factor == 1 else Trail.of((when, level * factor) for when, level in trail.marks)


def merged(trails: Collection[Trail], back: timedelta = FINE[-1][0]) -> Trail:
    """Return how the sum of all grew, so far `back`; what a trail had before its first mark was there all the time."""
    trails = [trail for trail in trails if trail.marks]
    if not trails:
        return Trail()
    if len(trails) == 1:
        return trails[0]
    now = max(trail.marks.moments[-1] for trail in trails)
    first = max(min(trail.marks.moments[0] for trail in trails), now - back // TICK)
    times = _edges(first, now)
    levels = [0] * len(times)
    for trail in trails:
        for index, (_, level) in enumerate(_levels(trail.marks, times)):
            levels[index] += level
    return Trail(Marks.of_points(list(zip(times, levels, strict=True))))


def _edges(first: int, now: int) -> list[int]:
    """Return where the cells end between two moments, the moments themselves included, in order of time."""
    edges, until = {first, now}, now
    for age, size in _cells(FINE):
        begins = max(now - age, first)
        edge = until // size * size
        while edge > begins:
            edges.add(edge)
            edge -= size
        until = min(until, begins)
    return sorted(edges)


def _levels(marks: Marks, moments: Sequence[int]) -> Iterator[Point]:
    """Yield each of some moments that are in order, with the level then; there is a mark at least."""
    begin = max(bisect_right(marks.moments, moments[0]) - 1, 0)
    points, index = marks.points(begin, bisect_right(marks.moments, moments[-1]) + 1), 0
    for moment in moments:
        while index < len(points) and points[index][0] <= moment:
            index += 1
        if index in (0, len(points)):
            yield moment, points[max(index - 1, 0)][1]
        else:
            yield moment, _even(points[index - 1], points[index], moment)


def _even(before: Point, after: Point, moment: int) -> int:
    """Return the level at a moment between two marks."""
    (began, low), (ended, high) = before, after
    return low + (high - low) * (moment - began) // (ended - began)


def _raise(points: list[Point], growth: int, since: int, now: int) -> None:
    """Give each mark after `since` its part of a growth that was only seen at `now`."""
    for index in range(len(points) - 1, -1, -1):
        when, level = points[index]
        if when <= since:
            break
        points[index] = (when, level + growth * (when - since) // (now - since))


def _thinned(points: list[Point], now: int, cells: _Cells) -> list[Point]:
    """Return the marks with one left in each cell of their age's grain: the last, as it bounds the cell.

    Where a flat stretch ends stays too: without it what grew after would be spread over all of the stretch.
    """
    points = [point for point in points if point[0] >= now - cells[-1][0]]
    found = [_cell(when, now, cells) for when, _ in points]
    last = len(points) - 1
    return [
        point
        for index, point in enumerate(points)
        if index == last or found[index] != found[index + 1] or _ends_flat(points, index, cells[0][1])
    ]


def _ends_flat(points: list[Point], index: int, finest: int) -> bool:
    """Tell whether nothing grew in the time before the mark, which was longer than the finest cells."""
    if index == 0 or points[index][1] != points[index - 1][1]:
        return False
    return points[index][0] - points[index - 1][0] > finest


def _thinned_since(last: int, marks: Marks, now: int, cells: _Cells) -> Marks:
    """Return the same of marks that were thinned at `last`: what was old enough then has its last grain already."""
    (older, _), (oldest, coarsest) = cells[-2:]
    begin = bisect_left(marks.moments, now - oldest)
    settled = max(begin, bisect_left(marks.moments, last - _THINNED_EVERY - older - coarsest))
    if settled - begin > oldest // coarsest:  # More than its grain leaves: it was not thinned here.
        return Marks.of_points(_thinned(marks.points(), now, cells))
    return marks.then(_thinned(marks.points(settled), now, cells), begin, settled)


@cache
def _cells(grain: Grain) -> _Cells:
    return tuple((age // TICK, size // TICK) for age, size in grain)


def _cell(moment: int, now: int, cells: _Cells) -> tuple[int, int]:
    size = next((size for age, size in cells if now - moment <= age), cells[-1][1])
    return size, moment // size


def _same(one: int, other: int, size: int) -> bool:
    return one // size == other // size
