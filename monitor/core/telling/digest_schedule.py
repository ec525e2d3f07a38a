"""When the digest is sent, and which days it is about."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Self

from monitor.core.alerting.quiet import DAYS
from monitor.core.windows import Period, Window

_TEXT = re.compile(
    r"(?:daily|weekly\s+(?P<weekday>[a-z]+)|monthly\s+(?P<day>[0-9]{1,2}))\s+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DigestSchedule:
    """Each day, week or month at a time by the clock on the wall.

    `day` is the day of the week (Monday is 0) or of the month (the last one in a month that has no such day).
    """

    period: Period
    at: time
    day: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `daily 09:00`, `weekly mon 09:00` or `monthly 1 09:00`.

        Raises:
            ValueError: anything else.
        """
        wrong = "is not when a digest can be sent: write it as daily 09:00, weekly mon 09:00 or monthly 1 09:00"
        match = _TEXT.fullmatch(text.strip().lower())
        if match is None or int(match["hour"]) > 23 or int(match["minute"]) > 59:
            raise ValueError(wrong)
        at = time(int(match["hour"]), int(match["minute"]))
        if match["weekday"]:
            if match["weekday"][:3] not in DAYS:
                raise ValueError(f"{wrong}; the days are {', '.join(DAYS)}")
            return cls(Period.WEEK, at, DAYS.index(match["weekday"][:3]))
        if match["day"]:
            if not 1 <= int(match["day"]) <= 31:
                raise ValueError(f"{wrong}; the days of a month are 1 to 31")
            return cls(Period.MONTH, at, int(match["day"]))
        return cls(Period.DAY, at)

    def window(self, now: datetime, zone: tzinfo) -> Window:
        """Return the whole days that the last digest before `now` is about: those since the one before it."""
        day = self._day(now.astimezone(zone).date())
        if _moment(day, self.at, zone) > now:
            day = self._day(day - ONE_DAY)
        return self._until(day, zone)

    def before(self, window: Window, zone: tzinfo) -> Window:
        """Return the days that the digest before that of `window` was about."""
        return self._until(window.start.astimezone(zone).date(), zone)

    def _until(self, day: date, zone: tzinfo) -> Window:
        midnight = time()
        return Window(_moment(self._day(day - ONE_DAY), midnight, zone), _moment(day, midnight, zone))

    def _day(self, latest: date) -> date:
        """Return the last day with a digest that is not after `latest`."""
        if self.period is Period.DAY:
            return latest
        if self.period is Period.WEEK:
            return latest - timedelta(days=(latest.weekday() - self.day) % 7)
        this = _in_month(latest, self.day)
        return this if this <= latest else _in_month(latest.replace(day=1) - ONE_DAY, self.day)

    def __str__(self) -> str:
        on = {Period.WEEK: f" on {DAYS[self.day % 7]}", Period.MONTH: f" on day {self.day}"}.get(self.period, "")
        return f"{self.period.adjective}{on} at {self.at:%H:%M}"


def _in_month(month: date, day: int) -> date:
    last = (month.replace(day=1) + timedelta(days=31)).replace(day=1) - ONE_DAY
    return last.replace(day=min(day, last.day))


def _moment(day: date, at: time, zone: tzinfo) -> datetime:
    """Return the time in UTC. One that summer time skips is an hour later, one that comes twice is the first."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
