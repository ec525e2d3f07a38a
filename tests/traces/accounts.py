"""How ordinary accounts spend: by the hour of the week, with noise that is the same each time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from random import Random

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
EPOCH = datetime(2026, 1, 5, tzinfo=UTC)  # A Monday.
HOURS_OF_MONTH = 30 * 24


class Habit(StrEnum):
    """OFFICE works on weekdays, SERVICE answers people round the clock, BATCH is an office with a Monday job."""

    OFFICE = "office"
    SERVICE = "service"
    BATCH = "batch"


@dataclass(frozen=True, slots=True)
class Account:
    """One that spends `monthly` dollars in an ordinary month; `unrest` is how far an hour strays (log-normal)."""

    habit: Habit
    monthly: float
    unrest: float = 0.4
    seed: int = 1

    def rate(self, moment: datetime) -> float:
        """Return the dollars an hour that are spent in the hour of `moment`."""
        hour = (moment - EPOCH) // HOUR
        even = self.monthly / HOURS_OF_MONTH
        return even * weight(self.habit, hour % 168) / mean_weight(self.habit) * _noise(self.seed, hour, self.unrest)


def weight(habit: Habit, hour_of_week: int) -> float:
    """Return how much of its spend falls on an hour, from Monday 00:00 UTC on."""
    day, hour = divmod(hour_of_week, 24)
    if habit is Habit.SERVICE:
        return (3 if 7 <= hour < 23 else 1) * (0.7 if day >= 5 else 1)
    working = day < 5 and 8 <= hour < 19
    base = 10 if working else 1.5 if day < 5 and 19 <= hour < 23 else 0.6
    return base + (60 if habit is Habit.BATCH and day == 0 and 2 <= hour < 4 else 0)


@cache
def mean_weight(habit: Habit) -> float:
    return sum(weight(habit, hour) for hour in range(168)) / 168


@cache
def _noise(seed: int, hour: int, unrest: float) -> float:
    """Return a factor around 1: some days are busier than others, and so are some hours of them."""
    day = _random(f"{seed} day {hour // 24}").lognormvariate(0, unrest / 2)
    return day * _random(f"{seed} hour {hour}").lognormvariate(-(unrest**2) / 2, unrest)


def _random(seed: str) -> Random:
    return Random(seed)  # noqa: S311 - the same each time, on purpose.
