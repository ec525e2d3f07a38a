"""How fast a limit is spent: the loop that runs at night is seen long before its percentage is."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.life import Finding
from monitor.core.alerting.measured import Measured
from monitor.core.budgets import Severity
from monitor.core.money import Money
from monitor.core.spending.source import SourceState
from monitor.core.telling.phrases import doubt_words
from monitor.core.tuning import BurnRate, BurnStep
from monitor.core.windows import FOREVER, Window, share, span_words


def burn_rate(
    measured: Measured, tuning: BurnRate, sources: Mapping[str, SourceState], known: Mapping[str, Alert], now: datetime
) -> Finding | None:
    """Return whether the limit burns too fast over a long and over a short window.

    A rate of 1 spends the limit exactly by the end of its window. A step whose long window would hold the whole limit
    is left to the thresholds. Windows finer than the source's figures are widened to what it tells.

    Source: https://sre.google/workbook/alerting-on-slos/ (multiwindow, multi-burn-rate alerts).
    """
    if measured.window == FOREVER or not measured.current:
        return None
    steps = {
        Severity.EMERGENCY: tuning.emergency,
        Severity.CRITICAL: tuning.critical,
        Severity.WARNING: tuning.warning,
    }
    key = measured.key(Rule.BURN_RATE)
    for severity, step in steps.items():
        if _burns(measured, step, tuning, now):
            return Finding(_alert(measured, key, severity, step, sources, known, now))
    if key in known:
        # A correction in between hides how fast it goes: it is no end of the loop.
        unclear = measured.trail.fell(now - tuning.emergency.long, now)
        return Finding(_alert(measured, key, Severity.OK, tuning.emergency, sources, known, now), lingers=unclear)
    return None


def rate(measured: Measured, over: timedelta, now: datetime) -> Decimal:
    """Return how many times faster than even the limit was spent over the last `over`."""
    even = measured.limit.amount * share(over, measured.window.length)
    return measured.trail.between(now - over, now) / even


def widened(step: BurnStep, grain: timedelta) -> BurnStep:
    """Return the step with windows that a source can fill whose figures move no finer than `grain`."""
    return BurnStep(step.factor, max(step.long, grain), max(step.short, grain))


def _burns(measured: Measured, step: BurnStep, tuning: BurnRate, now: datetime) -> bool:
    step = widened(step, measured.grain)
    at_factor = step.factor * share(step.long, measured.window.length)
    if at_factor >= 1:
        return False
    least = max(measured.limit.amount * max(at_factor, tuning.floor), tuning.least)
    if measured.trail.between(now - step.long, now) < least:
        return False
    return measured.trail.covers(now - step.short) and rate(measured, step.short, now) >= step.factor


def _alert(
    measured: Measured,
    key: str,
    severity: Severity,
    step: BurnStep,
    sources: Mapping[str, SourceState],
    known: Mapping[str, Alert],
    now: datetime,
) -> Alert:
    wide = widened(step, measured.grain)
    long, short = rate(measured, wide.long, now), rate(measured, wide.short, now)
    spent = Money(measured.trail.between(now - wide.long, now), measured.limit.currency)
    facts = measured.facts(severity, sources, known.get(key), now, Window(now - wide.long, now))
    if severity:
        doubt = doubt_words(facts.guess, spent.amount)
        summary = f"{measured.subject}: spending {short:.0f}x faster than {measured.what} allows{doubt}"
        fast = [
            f"{spent} in the last {_last(wide.long)} ({long:.1f}x the even pace); "
            f"{short:.1f}x in the last {_last(wide.short)}."
        ]
        if wide != step:
            fast.append(
                f"The figures move only every {span_words(measured.grain)}: a shorter time cannot be judged here."
            )
    else:
        summary = f"{measured.subject}: spending is back to {short:.1f}x the even pace of {measured.what}"
        fast = []
    return Alert(
        key=key,
        rule=Rule.BURN_RATE,
        subject=measured.subject,
        severity=severity,
        summary=summary,
        since=now,
        window=measured.window,
        spend=facts,
        advice=tuple(fast),
        about=f"budget:{measured.about}",
    )


def _last(span: timedelta) -> str:
    return "hour" if span == timedelta(hours=1) else span_words(span)
