"""Quiet hours and maintenance: when lesser news waits."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo

from monitor.core.alerting.alerts import Alert
from monitor.core.alerting.notifications import Notification
from monitor.core.budgets import Severity
from monitor.core.windows import Window

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The hours `[start, end)` by the clock on the wall in `zone`, beginning on `days` (Monday is 0).

    They go over midnight where `end` is not after `start`. An hour that comes twice in autumn is quiet twice.
    """

    start: time
    end: time
    days: frozenset[int] = EVERY_DAY
    zone: tzinfo = UTC

    def holds(self, now: datetime) -> bool:
        local = now.astimezone(self.zone)
        clock, day = local.time(), local.weekday()
        if self.start < self.end:
            return day in self.days and self.start <= clock < self.end
        return (day in self.days and clock >= self.start) or ((day - 1) % 7 in self.days and clock < self.end)

    def __str__(self) -> str:
        days = "" if self.days == EVERY_DAY else " ".join(DAYS[day] for day in sorted(self.days)) + " "
        return f"{days}{self.start:%H:%M} to {self.end:%H:%M} {self.zone}"


@dataclass(frozen=True, slots=True)
class Quiet:
    """What is below `below` waits until the hours are over; an emergency never does."""

    hours: tuple[QuietHours, ...] = ()
    maintenance: tuple[Window, ...] = ()
    below: Severity = Severity.CRITICAL

    def holds(self, now: datetime) -> bool:
        return any(hours.holds(now) for hours in self.hours) or any(now in window for window in self.maintenance)

    def waits(self, severity: Severity) -> bool:
        return severity < self.below

    def lets_through(self, note: Notification) -> bool:
        """Tell whether it is said even now: a bad one, or the end of one that was said to be bad."""
        return not self.waits(max(note.alert.severity, note.before))


@dataclass(frozen=True, slots=True)
class Held:
    """An alert that began in the quiet hours and ended unsaid, as it last was; `channel` is to hear of it."""

    channel: str
    alert: Alert
