"""Time spans: a recurring Period, and one concrete half-open Window of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Self

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


def share(part: timedelta, whole: timedelta) -> Decimal:
    """Return `part / whole` exactly, fit to multiply money with."""
    tick = timedelta(microseconds=1)
    return Decimal(part // tick) / Decimal(whole // tick)


def span_words(span: timedelta) -> str:
    """Return a span for people: `5 min`, `90 min`, `6 h`, `3 days`."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 60 or (minutes < 120 and minutes % 60):
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 60 // 24} days"


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """The span `[start, end)`, both aware; kept in UTC so that equal spans compare equal."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a window needs aware times")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.end <= self.start:
            raise ValueError("a window ends after it starts")

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def encloses(self, other: Self) -> bool:
        return self.start <= other.start and other.end <= self.end

    def overlap(self, other: Self) -> Self | None:
        """Return the part that both share, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return type(self)(start, end) if start < end else None


# Far enough to hold any reading, near enough that arithmetic on the edges cannot overflow.
FOREVER = Window(datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))


class Period(StrEnum):
    """How often a budget starts again; weeks begin on Monday."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    TOTAL = "total"

    @property
    def adjective(self) -> str:
        return {"hour": "hourly", "day": "daily", "week": "weekly", "month": "monthly", "total": "total"}[self.value]

    def window(self, moment: datetime, zone: tzinfo) -> Window:
        """Return the window of `zone`'s calendar that holds `moment`.

        A day of a zone with summer time has 23 or 25 hours twice a year.
        """
        if self is Period.TOTAL:
            return FOREVER
        if self is Period.HOUR:
            # Of the absolute time line: a local hour that is repeated in autumn is two windows.
            offset = moment.astimezone(zone).utcoffset() or timedelta()
            shifted = moment.astimezone(UTC).replace(tzinfo=None) + offset
            start = shifted.replace(minute=0, second=0, microsecond=0) - offset
            return Window(start.replace(tzinfo=UTC), start.replace(tzinfo=UTC) + timedelta(hours=1))
        day = moment.astimezone(zone).date()
        match self:
            case Period.DAY:
                first, after = day, day + timedelta(days=1)
            case Period.WEEK:
                first = day - timedelta(days=day.weekday())
                after = first + timedelta(days=7)
            case Period.MONTH:
                first = day.replace(day=1)
                after = (first + timedelta(days=32)).replace(day=1)
        return Window(
            datetime(first.year, first.month, first.day, tzinfo=zone),
            datetime(after.year, after.month, after.day, tzinfo=zone),
        )

    def before(self, window: Window, zone: tzinfo) -> Window | None:
        """Return the window just before `window`; a total has none."""
        if self is Period.TOTAL:
            return None
        return self.window(window.start - timedelta(microseconds=1), zone)
