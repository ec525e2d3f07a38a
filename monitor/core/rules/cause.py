"""Which model, project or key of an account rose, from what, and since when."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from monitor.core.rules.usual import usual
from monitor.core.spending.readings import Series
from monitor.core.spending.series import Part
from monitor.core.spending.spend import Spend
from monitor.core.spending.trail import Trail
from monitor.core.windows import share

# A run of spend is looked at in twelfths of the span; three without any end it, and nobody looks further than this.
STEPS, PAUSE, LONGEST = 12, 3, 288


@dataclass(frozen=True, slots=True)
class Cause:
    """A part of an account: what it grew by in a span, what is usual, and when that began."""

    series: Series
    grown: Decimal
    usual: Decimal
    since: datetime

    @property
    def above(self) -> Decimal:
        return self.grown - self.usual


def cause_of(spend: Spend, span: timedelta, zone: tzinfo, now: datetime) -> Cause | None:
    """Return the part that rose most above its usual in the last `span`; None where no part is told that rose."""
    risen = [(part, *_growth(part, span, zone, now)) for part in spend.parts]
    if not risen:
        return None
    part, before, grown = max(risen, key=lambda row: row[2] - row[1])
    if grown <= before:
        return None
    return Cause(part.series, grown, before, began(part.trail, before, grown, span, now))


def _growth(part: Part, span: timedelta, zone: tzinfo, now: datetime) -> tuple[Decimal, Decimal]:
    """Return what is usual of a part and what it was: its mean where it is too new for more, nothing before that."""
    grown = part.trail.between(now - span, now)
    known = usual(part.trail, span, zone, now)
    if known is not None:
        return known.amount, grown
    first = part.trail.marks[0][0] if part.trail.marks else now
    life = now - span - first
    return part.trail.between(first, now - span) * share(span, life) if life >= span else Decimal(0), grown


def began(trail: Trail, before: Decimal, grown: Decimal, span: timedelta, now: datetime) -> datetime:
    """Return since when more was spent than half way from the usual to what is spent now."""
    step, least = span / STEPS, (before + grown) / 2 / STEPS
    start, paused = now, 0
    for number in range(1, LONGEST + 1):
        moment = now - step * number
        if trail.between(moment, moment + step) > least:
            start, paused = moment, 0
        elif (paused := paused + 1) >= PAUSE and start < now:
            break
    return start
