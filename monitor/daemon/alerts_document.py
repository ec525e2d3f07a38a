"""The alerts and the silences as JSON documents. Unknown is null."""

from datetime import datetime
from typing import Any

from monitor.core.alerting.alerts import Acknowledgement, Alert, Stage
from monitor.core.alerting.muting import Silence, unexplained
from monitor.core.state import State
from monitor.daemon.document import amount_text, time_text

_ORDER = (Stage.FIRING, Stage.ACKNOWLEDGED, Stage.PENDING, Stage.RESOLVED)


def alerts_document(state: State, now: datetime) -> list[dict[str, Any]]:
    """Return what fires, the worst first, then what is acknowledged, what is pending, and what was over lately."""
    alerts = sorted(state.alerts.values(), key=lambda one: (_ORDER.index(one.stage), -one.severity, one.key))
    spoken_of = unexplained(state.alerts, now)
    return [
        {
            "id": alert.id,
            "key": alert.key,
            "rule": alert.rule.value,
            "subject": alert.subject,
            "severity": alert.severity.name,
            "state": alert.stage.value,
            "since": time_text(alert.since),
            "ended": time_text(alert.ended),
            "summary": alert.summary,
            "acknowledged": _acknowledgement(alert),
            "silenced_by": [silence.id for silence in state.silences if silence.matches(alert, now)],
            "explained": alert.key not in spoken_of,
        }
        for alert in alerts
    ]


def silences_document(state: State, now: datetime) -> list[dict[str, Any]]:
    return [_silence(silence) for silence in silences_that_hold(state, now)]


def silences_that_hold(state: State, now: datetime) -> list[Silence]:
    """Return them, the first to end first."""
    return sorted((silence for silence in state.silences if silence.holds(now)), key=lambda silence: silence.until)


def _acknowledgement(alert: Alert) -> dict[str, Any] | None:
    known: Acknowledgement | None = alert.acknowledged
    if known is None or alert.stage is not Stage.ACKNOWLEDGED:
        return None
    spent = known.until_spent
    return {
        "by": known.by,
        "at": time_text(known.at),
        "until": time_text(known.until),
        "until_spent": spent and {"amount": amount_text(spent), "currency": spent.currency},
    }


def _silence(silence: Silence) -> dict[str, Any]:
    return {
        "id": silence.id,
        "rule": silence.rule,
        "subject": silence.subject,
        "key": silence.key,
        "at": time_text(silence.at),
        "until": time_text(silence.until),
        "by": silence.by,
        "reason": silence.reason,
    }
