"""How far an account, or a part of it, is above what it usually spends."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from monitor.core.budgets import Severity
from monitor.core.rules.usual import Usual, usual
from monitor.core.spending.readings import WHOLE, Series
from monitor.core.spending.spend import Spend
from monitor.core.spending.trail import Trail
from monitor.core.tuning import Spike
from monitor.core.windows import share

# So many standard deviations above the median are no accident.
DEVIATIONS = 6
# What is critical costs so many floors above the usual.
CRITICAL_FLOORS = 10


@dataclass(frozen=True, slots=True)
class Rise:
    """What one series spent in the last span, beside what is usual; `least` is where it becomes a spike."""

    series: Series
    trail: Trail
    grown: Decimal
    usual: Usual
    least: Decimal
    severity: Severity

    @property
    def above(self) -> Decimal:
        return self.grown - self.usual.amount


def rises(spend: Spend, span: timedelta, tuning: Spike, zone: tzinfo, now: datetime) -> Iterator[Rise]:
    """Yield the account and each part of it that has grown by the floor, if its history is long enough."""
    for series, trail in [(WHOLE, spend.trail), *((part.series, part.trail) for part in spend.parts)]:
        grown = trail.between(now - span, now)
        known = usual(trail, span, zone, now) if grown >= tuning.floor else None
        if known is not None:
            yield _judged(series, trail, grown, known, tuning)


def risen_parts(
    spend: Spend, least: Decimal, span: timedelta, tuning: Spike, zone: tzinfo, now: datetime
) -> Iterator[Rise]:
    """Yield each part that is `least` above its usual: above its mean where it is too young, above nothing at first."""
    for part in spend.parts:
        grown = part.trail.between(now - span, now)
        if grown < least:
            continue
        known = usual(part.trail, span, zone, now) or _mean(part.trail, span, now)
        rise = _judged(part.series, part.trail, grown, known, tuning)
        if rise.above >= least:
            yield rise


def _mean(trail: Trail, span: timedelta, now: datetime) -> Usual:
    first = trail.marks[0][0] if trail.marks else now
    life = now - span - first
    amount = trail.between(first, now - span) * share(span, life) if life >= span else Decimal(0)
    return Usual(amount, Decimal(0), "all times since it was first seen")


def _judged(series: Series, trail: Trail, grown: Decimal, known: Usual, tuning: Spike) -> Rise:
    # Where next to nothing is usual the floor stands in: many times nothing is no measure.
    base = max(known.amount, tuning.floor / tuning.warning)
    least = max(base * tuning.warning, known.amount + tuning.floor, known.amount + known.spread * DEVIATIONS)
    if grown < least or grown <= known.amount:
        severity = Severity.OK
    else:
        # Many times little money is worth a word, and no one's sleep.
        much = grown >= base * tuning.critical and grown - known.amount >= tuning.floor * CRITICAL_FLOORS
        severity = Severity.CRITICAL if much else Severity.WARNING
    return Rise(series, trail, grown, known, least, severity)
