"""How a sum grew over time: exact lately, coarser long ago, so that it stays small for ever."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from monitor.core.windows import WEEK, share

Mark = tuple[datetime, Decimal]
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
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_ABOVE_ALL = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Trail:
    """Marks `(when, level)` in order of time. The first level is what had been spent before anyone watched."""

    marks: tuple[Mark, ...] = ()

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
        level = self.last_level + growth
        marks = list(self.marks)
        while marks and marks[-1][0] >= now:
            marks.pop()
        if since is not None and growth:
            _raise(marks, growth, since, now)
        if len(marks) > 1 and _same(marks[-1][0], now, grain[0][1]) and not _ends_flat(marks, len(marks) - 1, grain):
            marks.pop()
        if len(marks) > 1 and marks[-1][1] == marks[-2][1] == level:
            marks.pop()  # A flat stretch needs only its two ends.
        if marks and not _same(marks[-1][0], now, THINNED_EVERY):
            marks = _thinned_since(marks[-1][0], marks, now, grain)
        return Trail((*marks, (now, level)))

    def covers(self, moment: datetime) -> bool:
        return bool(self.marks) and self.marks[0][0] <= moment

    def weeks(self, moment: datetime) -> int:
        """Return how many whole weeks before `moment` were watched, up to four; 0 where they make no pattern."""
        return next((n for n in range(MOST_WEEKS, FEWEST_WEEKS - 1, -1) if self.covers(moment - WEEK * n)), 0)

    def level(self, moment: datetime) -> Decimal:
        """Return the level at `moment`, even between marks, flat outside them."""
        index = bisect_right(self.marks, (moment, _ABOVE_ALL))
        if index == 0:
            return self.marks[0][1] if self.marks else Decimal(0)
        if index == len(self.marks):
            return self.last_level
        (began, before), (ended, after) = self.marks[index - 1 : index + 1]
        return _even(before, after, _ticks(moment) - _ticks(began), _ticks(ended) - _ticks(began))

    def between(self, start: datetime, end: datetime) -> Decimal:
        """Return the growth in `[start, end)`; never negative, as a correction is not a refund of that span."""
        return max(self.level(end) - self.level(start), Decimal(0))

    def fell(self, start: datetime, end: datetime) -> bool:
        """Tell whether the sum was corrected downward in `(start, end]`."""
        index = max(bisect_right(self.marks, (start, _ABOVE_ALL)) - 1, 0)
        lately = [level for when, level in self.marks[index:] if when <= end]
        return any(after < before for before, after in pairwise(lately))

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
    return trail if factor == 1 else Trail(tuple((when, level * factor) for when, level in trail.marks))


def merged(trails: Collection[Trail], back: timedelta = FINE[-1][0]) -> Trail:
    """Return how the sum of all grew, so far `back`; what a trail had before its first mark was there all the time."""
    trails = [trail for trail in trails if trail.marks]
    if not trails:
        return Trail()
    if len(trails) == 1:
        return trails[0]
    now = max(trail.marks[-1][0] for trail in trails)
    first = max(min(trail.marks[0][0] for trail in trails), now - back)
    times = _edges(first, now)
    moments = [_ticks(when) for when in times]
    levels = [Decimal(0)] * len(times)
    for trail in trails:
        for index, level in enumerate(_levels(trail, moments)):
            levels[index] += level
    return Trail(tuple(zip(times, levels, strict=True)))


def _edges(first: datetime, now: datetime) -> list[datetime]:
    """Return where the cells end between two moments, the moments themselves included, in order of time."""
    edges, until = {first, now}, now
    for age, size in FINE:
        begins = max(now - age, first)
        edge = _EPOCH + ((until - _EPOCH) // size) * size
        while edge > begins:
            edges.add(edge)
            edge -= size
        until = min(until, begins)
    return sorted(edges)


def _levels(trail: Trail, moments: Sequence[int]) -> Iterator[Decimal]:
    """Yield the level at each of many moments (in ticks) that are in order: faster than to search for each."""
    marks = trail.marks[max(bisect_left(trail.marks, (_EPOCH + moments[0] * _TICK, -_ABOVE_ALL)) - 1, 0) :]
    times, index = [_ticks(when) for when, _ in marks], 0
    for moment in moments:
        while index < len(times) and times[index] <= moment:
            index += 1
        if index in (0, len(times)):
            yield marks[max(index - 1, 0)][1]
        else:
            began, ended = times[index - 1], times[index]
            yield _even(marks[index - 1][1], marks[index][1], moment - began, ended - began)


def _ticks(moment: datetime) -> int:
    return (moment - _EPOCH) // _TICK


def _even(before: Decimal, after: Decimal, part: int, whole: int) -> Decimal:
    """Return the level when `part` of the `whole` time between two levels is over."""
    return before if after == before else before + (after - before) * part / whole


def _raise(marks: list[Mark], growth: Decimal, since: datetime, now: datetime) -> None:
    """Give each mark after `since` its part of a growth that was only seen at `now`."""
    for index in range(len(marks) - 1, -1, -1):
        when, level = marks[index]
        if when <= since:
            break
        marks[index] = (when, level + growth * share(when - since, now - since))


def _thinned(marks: list[Mark], now: datetime, grain: Grain) -> list[Mark]:
    """Return the marks with one left in each cell of their age's grain: the last, as it bounds the cell.

    Where a flat stretch ends stays too: without it what grew after would be spread over all of the stretch.
    """
    oldest = now - grain[-1][0]
    marks = [mark for mark in marks if mark[0] >= oldest]
    cells = [_cell(mark[0], now, grain) for mark in marks]
    last = len(marks) - 1
    return [
        mark
        for index, mark in enumerate(marks)
        if index == last or cells[index] != cells[index + 1] or _ends_flat(marks, index, grain)
    ]


def _ends_flat(marks: list[Mark], index: int, grain: Grain) -> bool:
    """Tell whether nothing grew in the time before the mark, which was longer than the finest cells."""
    if index == 0 or marks[index][1] != marks[index - 1][1]:
        return False
    return marks[index][0] - marks[index - 1][0] > grain[0][1]


def _thinned_since(last: datetime, marks: list[Mark], now: datetime, grain: Grain) -> list[Mark]:
    """Return the same of marks that were thinned at `last`: what was old enough then has its last grain already."""
    (older, _), (oldest, coarsest) = grain[-2:]
    begin = bisect_left(marks, (now - oldest, -_ABOVE_ALL))
    settled = max(begin, bisect_left(marks, (last - THINNED_EVERY - older - coarsest, -_ABOVE_ALL)))
    if settled - begin > oldest // coarsest:  # More than its grain leaves: it was not thinned here.
        return _thinned(marks, now, grain)
    return marks[begin:settled] + _thinned(marks[settled:], now, grain)


def _cell(moment: datetime, now: datetime, grain: Grain) -> tuple[timedelta, int]:
    size = next((size for age, size in grain if now - moment <= age), grain[-1][1])
    return size, (moment - _EPOCH) // size


def _same(one: datetime, other: datetime, grain: timedelta) -> bool:
    return (one - _EPOCH) // grain == (other - _EPOCH) // grain
