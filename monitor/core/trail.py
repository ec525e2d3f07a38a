"""How a sum grew over time: exact lately, coarser long ago, so that it stays small for ever."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from monitor.core.windows import share

# (as old as this, one mark for each of these). Between two marks growth counts as even.
GRAIN = (
    (timedelta(hours=2), timedelta(0)),
    (timedelta(days=2), timedelta(minutes=15)),
    (timedelta(days=70), timedelta(hours=1)),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Trail:
    """Marks `(when, level)` in order of time. The first level is what had been spent before anyone watched."""

    marks: tuple[tuple[datetime, Decimal], ...] = ()

    @property
    def last_at(self) -> datetime | None:
        return self.marks[-1][0] if self.marks else None

    def grown(self, growth: Decimal, now: datetime) -> "Trail":
        """Return the trail with the sum grown by `growth` at `now`.

        Marks later than `now` are dropped: the clock was wrong when they were made. What they had grown by stays.
        """
        level = (self.marks[-1][1] if self.marks else Decimal(0)) + growth
        kept = [mark for mark in self.marks if mark[0] < now]
        if len(kept) > 1 and kept[-1][1] == kept[-2][1] == level:
            kept.pop()  # A flat stretch needs only its two ends.
        return Trail((*_thinned(kept, now), (now, level)))

    def covers(self, moment: datetime) -> bool:
        return bool(self.marks) and self.marks[0][0] <= moment

    def level(self, moment: datetime) -> Decimal:
        """Return the level at `moment`, even between marks, flat outside them."""
        index = bisect_right(self.marks, moment, key=lambda mark: mark[0])
        if index == 0:
            return self.marks[0][1] if self.marks else Decimal(0)
        before = self.marks[index - 1]
        if index == len(self.marks):
            return before[1]
        after = self.marks[index]
        return before[1] + (after[1] - before[1]) * share(moment - before[0], after[0] - before[0])

    def between(self, start: datetime, end: datetime) -> Decimal:
        """Return the growth in `[start, end)`; never negative, as a correction is not a refund of that span."""
        return max(self.level(end) - self.level(start), Decimal(0))

    def pace(self, now: datetime, over: timedelta) -> Decimal | None:
        """Return the growth per hour over the last `over`, or what was watched of it; None below a minute."""
        if not self.marks:
            return None
        start = max(now - over, self.marks[0][0])
        if now - start < timedelta(minutes=1):
            return None
        return self.between(start, now) / share(now - start, timedelta(hours=1))


def _thinned(marks: list[tuple[datetime, Decimal]], now: datetime) -> list[tuple[datetime, Decimal]]:
    """Return the marks with one left in each cell of their age's grain: the last, as it bounds the cell."""
    oldest = now - GRAIN[-1][0]
    marks = [mark for mark in marks if mark[0] >= oldest]
    return [mark for mark, after in pairwise(marks) if _cell(mark[0], now) != _cell(after[0], now)] + marks[-1:]


def _cell(moment: datetime, now: datetime) -> tuple[timedelta, object]:
    for age, grain in GRAIN:
        if now - moment <= age:
            return grain, (moment - _EPOCH) // grain if grain else moment
    return GRAIN[-1]
