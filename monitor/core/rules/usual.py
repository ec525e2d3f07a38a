"""What a series usually spends in this hour of the week: the measure of a spike."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from monitor.core.spending.trail import FEWEST_WEEKS, Trail
from monitor.core.windows import DAY, WEEK

# Until weeks make a pattern the same hour of so many days has to do.
FEWEST_DAYS = 3
# What turns a median absolute deviation into the standard deviation of a normal distribution.
SCALE = Decimal("1.4826")


@dataclass(frozen=True, slots=True)
class Usual:
    """The amount that is usual in one span, how far it usually strays, and what both were drawn from."""

    amount: Decimal
    spread: Decimal
    basis: str


def usual(trail: Trail, span: timedelta, zone: tzinfo, now: datetime) -> Usual | None:
    """Return what was usual in the `span` that ends at `now`; None while history is too short.

    It is the median of the same hour of the weeks before and of its two neighbours, or of the hour alone where that is
    more: a batch that runs for one hour each Monday is usual too.
    """
    weeks = trail.weeks(now - span * 2)
    if weeks:
        ages = [WEEK * n for n in range(1, weeks + 1)]
        basis = f"this time of the week in the last {weeks} weeks"
    else:
        ages = list(_days_alike(trail, span, zone, now))
        basis = f"this time of the day on {len(ages)} days"
    if not weeks and len(ages) < FEWEST_DAYS:
        return None
    amounts = [_amount(trail, age + span * step, span, now) for age in ages for step in (-1, 0, 1)]
    exact = [_amount(trail, age, span, now) for age in ages if not age % WEEK]
    middle = _median(amounts)
    spread = _median([abs(amount - middle) for amount in amounts]) * SCALE
    return Usual(max(middle, _median(exact)) if exact else middle, spread, basis)


def _days_alike(trail: Trail, span: timedelta, zone: tzinfo, now: datetime) -> Iterator[timedelta]:
    """Yield how long ago the watched days are that today can be measured by: on a working day, working days only."""
    for days in range(1, FEWEST_WEEKS * 7):
        age = DAY * days
        if trail.covers(now - age - span * 2) and (_weekend(now, zone) or not _weekend(now - age, zone)):
            yield age


def _weekend(moment: datetime, zone: tzinfo) -> bool:
    return moment.astimezone(zone).weekday() >= 5


def _amount(trail: Trail, age: timedelta, span: timedelta, now: datetime) -> Decimal:
    return trail.between(now - age - span, now - age)


def _median(amounts: Sequence[Decimal]) -> Decimal:
    ordered, half = sorted(amounts), len(amounts) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
