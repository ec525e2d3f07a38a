"""A source that says nothing, nothing we understand, or that does not let us in: it must never look like $0.00."""

from collections.abc import Container, Iterator
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


OVER = {
    Rule.REFUSED: "the key is accepted again",
    Rule.DRIFTED: "answers are understood again",
    Rule.NO_DATA: "data is coming in again",
}


def silence(
    watched: Watched, source: SourceState, tuning: Tuning, known: Container[str], now: datetime
) -> Iterator[Finding]:
    """Yield refused, drifted and no data; which of them is said is decided where alerts hide each other.

    Only a good poll ends one of them: a source that was refused and now times out is not accepted again.
    """
    for rule, severity in _severities(watched, source, tuning, now):
        key = f"{rule}:{watched.name}"
        if severity or (source.health.fault is None and key in known):
            yield Finding(_alert(rule, key, watched, severity, source, now))


def _severities(
    watched: Watched, source: SourceState, tuning: Tuning, now: datetime
) -> Iterator[tuple[Rule, Severity]]:
    fault, silent = source.health.fault, _silent_for(source, now)
    refused = fault is Fault.REFUSED and source.health.failures >= REFUSALS
    yield Rule.REFUSED, Severity.CRITICAL if refused else Severity.OK
    yield Rule.DRIFTED, _severity(silent if fault is Fault.DRIFTED else timedelta(), watched, tuning.drifted)
    yield Rule.NO_DATA, _severity(silent if fault is not Fault.REFUSED else timedelta(), watched, tuning.no_data)


def _severity(silent: timedelta, watched: Watched, tuning: Silent) -> Severity:
    if silent < max(watched.interval * INTERVALS, tuning.warning):
        return Severity.OK
    return Severity.CRITICAL if silent >= tuning.critical else Severity.WARNING


def _alert(rule: Rule, key: str, watched: Watched, severity: Severity, source: SourceState, now: datetime) -> Alert:
    return Alert(
        key=key,
        rule=rule,
        subject=watched.name,
        severity=severity,
        summary=f"{watched.name}: {_words(rule, source, now) if severity else OVER[rule]}",
        since=now,
        advice=tuple(_advice(rule, watched, source) if severity else (_last_good(source),)),
        about=f"source:{watched.name}",
    )


def _words(rule: Rule, source: SourceState, now: datetime) -> str:
    if rule is Rule.REFUSED:
        return "the key is refused"
    silent = span_words(_silent_for(source, now))
    return f"answers are not understood for {silent}" if rule is Rule.DRIFTED else f"no data for {silent}"


def _advice(rule: Rule, watched: Watched, source: SourceState) -> Iterator[str]:
    error = source.health.error
    if error:
        yield f"The provider said: {error}" if rule is Rule.REFUSED else f"Cause: {error}"
    yield _last_good(source)
    if rule is not Rule.REFUSED:
        yield f"Spending goes on unseen: look at the provider's own page, and run `spend-monitor probe {watched.name}`."
    elif watched.key_variable:
        yield f"Renew the key in {watched.key_variable} and restart spend-monitor."


def _silent_for(source: SourceState, now: datetime) -> timedelta:
    return now - source.health.failing_since if source.health.failing_since else timedelta()


def _last_good(source: SourceState) -> str:
    if source.health.last_success is None:
        return "There has been no good reading yet."
    return f"Last good reading: {source.health.last_success:%Y-%m-%d %H:%M} UTC."
