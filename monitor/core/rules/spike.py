"""An hour that costs many times what this hour usually costs, and which model, project or key it is."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from monitor.core.alerting.alerts import Alert, Rule, SpendFacts
from monitor.core.alerting.life import Finding
from monitor.core.budgets import Severity, Thresholds
from monitor.core.money import Money, percent
from monitor.core.plan import Watched
from monitor.core.rules.cause import began, cause_of
from monitor.core.rules.usual import FEWEST_DAYS, Usual, usual
from monitor.core.spending.readings import WHOLE, Series
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.spending.trail import Trail
from monitor.core.telling.phrases import clock
from monitor.core.tuning import Spike
from monitor.core.windows import DAY, HOUR, span_words

# So many standard deviations above the median are no accident.
DEVIATIONS = 6
# What is critical costs so many floors above the usual.
CRITICAL_FLOORS = 10
# A spike that falls just short is still one.
LINGERS_AT = Decimal("0.8")


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


def spike(
    watched: Watched, source: SourceState, tuning: Spike, known: Container[str], zone: tzinfo, now: datetime
) -> Finding | None:
    """Return whether the account, or any part of it, spends many times its usual."""
    key, spend, span = f"{Rule.SPIKE}:{watched.name}", source.spend, span_of(watched)
    # A quiet account is looked at no closer: no part of it can have risen by the floor.
    busy = spend.trail.between(now - span, now) >= tuning.floor
    rises = list(_rises(spend, span, tuning, zone, now)) if busy else []
    worst = max((rise.severity for rise in rises), default=Severity.OK)
    if not worst and key not in known:
        return None
    if not worst:
        summary = f"{watched.name}: spending is back to what is usual"
        lingers = any(rise.grown >= rise.least * LINGERS_AT for rise in rises)
        return Finding(_alert(watched, key, Severity.OK, summary, (), spend, now), lingers, needed=2, of=2)
    told = next(rise for rise in rises if rise.severity is worst)
    advice = tuple(_advice(told, spend, span, zone, now))
    return Finding(
        _alert(watched, key, worst, _summary(watched, told, span, spend), advice, spend, now), needed=2, of=2
    )


def learning(watched: Watched, source: SourceState, zone: tzinfo, now: datetime) -> str | None:
    """Return in words that no spike can be seen yet, as history is too short; None once it is long enough."""
    trail = source.spend.trail
    if usual(trail, span_of(watched), zone, now) is not None:
        return None
    seen = span_words(now - trail.marks[0][0]) if trail.marks else "nothing"
    return f"still learning, with {seen} watched; it takes {FEWEST_DAYS} days like today to know what is usual"


def span_of(watched: Watched) -> timedelta:
    """Return the time that is compared: an hour, or a day where figures move no finer."""
    return DAY if watched.grain > HOUR else HOUR


def _rises(spend: Spend, span: timedelta, tuning: Spike, zone: tzinfo, now: datetime) -> Iterator[Rise]:
    """Yield the account and each part of it that has grown by the floor, if its history is long enough."""
    for series, trail in [(WHOLE, spend.trail), *((part.series, part.trail) for part in spend.parts)]:
        grown = trail.between(now - span, now)
        known = usual(trail, span, zone, now) if grown >= tuning.floor else None
        if known is not None:
            yield _judged(series, trail, grown, known, tuning)


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


def _summary(watched: Watched, rise: Rise, span: timedelta, spend: Spend) -> str:
    times = f"{rise.grown / rise.usual.amount:.0f}x what is usual" if rise.usual.amount else "usually nothing"
    whose = "" if rise.series == WHOLE else f" {rise.series}"
    grown, last = Money(rise.grown, spend.currency), "day" if span == DAY else "hour"
    return f"{watched.name}{whose}: {grown} in the last {last}, {times}"


def _advice(told: Rise, spend: Spend, span: timedelta, zone: tzinfo, now: datetime) -> Iterator[str]:
    each = "a day" if span == DAY else "an hour"
    yield f"Usual at {told.usual.basis}: {Money(told.usual.amount, spend.currency)} {each}."
    cause = cause_of(spend, span, zone, now) if told.series == WHOLE else None
    if cause is None:
        yield f"It began {clock(began(told.trail, told.usual.amount, told.grown, span, now), zone)}."
        return
    was = f"usually {Money(cause.usual, spend.currency)}" if cause.usual else "usually nothing"
    share = percent(min(cause.above / told.above, Decimal(1)))
    grown = Money(cause.grown, spend.currency)
    yield f"Cause: {cause.series} with {grown} ({was}), since {clock(cause.since, zone)}; {share} of the rise."


def _alert(
    watched: Watched, key: str, severity: Severity, summary: str, advice: tuple[str, ...], spend: Spend, now: datetime
) -> Alert:
    spent = Money(spend.trail.last_level, spend.currency)
    facts = SpendFacts(spent, None, None, "the account", None, Thresholds(), spend.pace(now))
    about = f"spend:{watched.name}"
    return Alert(key, Rule.SPIKE, watched.name, severity, summary, now, spend=facts, advice=advice, about=about)
