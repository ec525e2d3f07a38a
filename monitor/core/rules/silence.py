"""A source that says nothing, or that does not let us in: silence must never look like $0.00."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from monitor.core.alerts import Alert, Rule
from monitor.core.budgets import Severity
from monitor.core.health import Fault, patience
from monitor.core.plan import Watched
from monitor.core.state import SourceState

REFUSALS = 2
CRITICAL_AFTER = timedelta(hours=1)


def silence_alerts(watched: Watched, source: SourceState, now: datetime) -> Iterator[Alert]:
    """Yield `no data` and `refused`; a refused key hides `no data`, as it is the cause of it."""
    yield _refused(watched, source, now)
    yield _no_data(watched, source, now)


def _refused(watched: Watched, source: SourceState, now: datetime) -> Alert:
    health = source.health
    refused = health.fault is Fault.REFUSED
    severity = Severity.CRITICAL if refused and health.failures >= REFUSALS else Severity.OK
    summary = f"{watched.name}: the key is refused" if refused else f"{watched.name}: the key is accepted again"
    advice = (
        f"The provider said: {health.error}" if refused else "",
        _last_good(source),
        f"Renew the key in {watched.key_variable} and restart spend-monitor."
        if refused and watched.key_variable
        else "",
    )
    return Alert(
        f"refused:{watched.name}",
        Rule.REFUSED,
        watched.name,
        severity,
        summary,
        now,
        advice=tuple(filter(None, advice)),
    )


def _no_data(watched: Watched, source: SourceState, now: datetime) -> Alert:
    health = source.health
    silent = now - health.failing_since if health.failing_since and health.fault is not Fault.REFUSED else timedelta()
    severity = Severity.OK
    if silent >= patience(watched.interval):
        severity = Severity.CRITICAL if silent >= CRITICAL_AFTER else Severity.WARNING
    if severity:
        cause = "answers are not understood" if health.fault is Fault.DRIFTED else "no data"
        summary = f"{watched.name}: {cause} for {_minutes(silent)}"
    else:
        summary = f"{watched.name}: data is coming in again"
    advice = (
        f"Cause: {health.error}" if health.error else "",
        _last_good(source),
        f"Spending goes on unseen: look at the provider's own page, and run `spend-monitor probe {watched.name}`."
        if severity
        else "",
    )
    return Alert(
        f"no_data:{watched.name}",
        Rule.NO_DATA,
        watched.name,
        severity,
        summary,
        now,
        advice=tuple(filter(None, advice)),
    )


def _last_good(source: SourceState) -> str:
    if source.health.last_success is None:
        return "There has been no good reading yet."
    return f"Last good reading: {source.health.last_success:%Y-%m-%d %H:%M} UTC."


def _minutes(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
