"""A source that says nothing, nothing we understand, or that does not let us in: it must never look like $0.00."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.life import Finding
from monitor.core.budgets import Severity
from monitor.core.plan import Watched
from monitor.core.spending.health import Fault
from monitor.core.spending.source import SourceState
from monitor.core.tuning import Silent, Tuning
from monitor.core.windows import span_words

# One refusal may be a slip of the provider's, two are not.
REFUSALS = 2
# One poll that fails is no news; a source that is polled once a day may fail for days.
INTERVALS = 5


def silence(watched: Watched, source: SourceState, tuning: Tuning, now: datetime) -> Iterator[Finding]:
    """Yield refused, drifted and no data; which of them is said is decided where alerts hide each other.

    Only a good poll ends one of them: a source that was refused and now times out is not accepted again.
    """
    for alert in (
        _refused(watched, source, now),
        _drifted(watched, source, tuning.drifted, now),
        _no_data(watched, source, tuning.no_data, now),
    ):
        if alert.severity or source.health.fault is None:
            yield Finding(alert)


def _refused(watched: Watched, source: SourceState, now: datetime) -> Alert:
    health = source.health
    refused = health.fault is Fault.REFUSED
    return _alert(
        Rule.REFUSED,
        watched,
        Severity.CRITICAL if refused and health.failures >= REFUSALS else Severity.OK,
        "the key is refused" if refused else "the key is accepted again",
        now,
        f"The provider said: {health.error}" if refused else "",
        _last_good(source),
        f"Renew the key in {watched.key_variable} and restart spend-monitor."
        if refused and watched.key_variable
        else "",
    )


def _drifted(watched: Watched, source: SourceState, tuning: Silent, now: datetime) -> Alert:
    silent = _silent_for(source, now) if source.health.fault is Fault.DRIFTED else timedelta()
    severity = _severity(silent, watched, tuning)
    return _alert(
        Rule.DRIFTED,
        watched,
        severity,
        f"answers are not understood for {span_words(silent)}" if severity else "answers are understood again",
        now,
        *_silence_advice(watched, source, severity),
    )


def _no_data(watched: Watched, source: SourceState, tuning: Silent, now: datetime) -> Alert:
    silent = _silent_for(source, now) if source.health.fault is not Fault.REFUSED else timedelta()
    severity = _severity(silent, watched, tuning)
    return _alert(
        Rule.NO_DATA,
        watched,
        severity,
        f"no data for {span_words(silent)}" if severity else "data is coming in again",
        now,
        *_silence_advice(watched, source, severity),
    )


def _alert(rule: Rule, watched: Watched, severity: Severity, what: str, now: datetime, *advice: str) -> Alert:
    return Alert(
        key=f"{rule}:{watched.name}",
        rule=rule,
        subject=watched.name,
        severity=severity,
        summary=f"{watched.name}: {what}",
        since=now,
        advice=tuple(filter(None, advice)),
        about=f"source:{watched.name}",
    )


def _silent_for(source: SourceState, now: datetime) -> timedelta:
    return now - source.health.failing_since if source.health.failing_since else timedelta()


def _severity(silent: timedelta, watched: Watched, tuning: Silent) -> Severity:
    if silent < max(watched.interval * INTERVALS, tuning.warning):
        return Severity.OK
    return Severity.CRITICAL if silent >= tuning.critical else Severity.WARNING


def _silence_advice(watched: Watched, source: SourceState, severity: Severity) -> tuple[str, ...]:
    return (
        f"Cause: {source.health.error}" if source.health.error else "",
        _last_good(source),
        f"Spending goes on unseen: look at the provider's own page, and run `spend-monitor probe {watched.name}`."
        if severity
        else "",
    )


def _last_good(source: SourceState) -> str:
    if source.health.last_success is None:
        return "There has been no good reading yet."
    return f"Last good reading: {source.health.last_success:%Y-%m-%d %H:%M} UTC."
