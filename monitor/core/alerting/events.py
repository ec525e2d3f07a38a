"""What happened: the difference of two states as events, and each attempt to deliver; for the log and the history."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from monitor.core.alerting.alerts import Alert, Stage
from monitor.core.alerting.muting import Silence
from monitor.core.alerting.notifications import Notification
from monitor.core.budgets import Severity
from monitor.core.state import State

# An attempt names so many of its alerts; more are counted.
MOST_NAMED = 50


class What(StrEnum):
    """What became of an alert or a silence. A pending alert is nobody's news, so it is no event."""

    FIRED = "fired"
    ESCALATED = "escalated"
    EASED = "eased"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    RESOLVED = "resolved"
    DROPPED = "dropped"
    SILENCED = "silenced"
    UNSILENCED = "unsilenced"


@dataclass(frozen=True, slots=True)
class Event:
    """`key` and `id` are the alert's, or the silence's patterns and id. `until` is when that ends by itself."""

    at: datetime
    what: What
    key: str
    id: str
    severity: Severity
    summary: str
    by: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """One alert of a message, and why it was in it."""

    key: str
    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One message for `channel`, on its way `by` it or by its fallback; `error` None is accepted.

    `count` is of all alerts in it.
    """

    at: datetime
    channel: str
    by: str
    alerts: tuple[Mention, ...]
    count: int
    error: str | None = None

    @classmethod
    def of(cls, channel: str, by: str, due: Sequence[Notification], at: datetime, error: str | None) -> "Attempt":
        named = tuple(Mention(note.alert.key, note.alert.id, note.reason.value) for note in due[:MOST_NAMED])
        return cls(at, channel, by, named, len(due), error)


def events(before: State, after: State, now: datetime, by: str | None = None) -> tuple[Event, ...]:
    """Return what happened between two states; `by` is who asked for it, where somebody did.

    | before                 | after                  | events                                           |
    |------------------------|------------------------|--------------------------------------------------|
    | none, pending, resolved| firing                 | fired                                            |
    | firing, acknowledged   | firing, acknowledged   | escalated or eased, acknowledged, unacknowledged |
    | firing, acknowledged   | resolved               | resolved                                         |
    | firing, acknowledged   | none                   | dropped: it went with its window                 |
    | anything               | anything else          | none                                             |
    """
    return (*_of_alerts(before.alerts, after.alerts, now, by), *_of_silences(before.silences, after.silences, now, by))


def _of_alerts(
    before: Mapping[str, Alert], after: Mapping[str, Alert], now: datetime, by: str | None
) -> Iterator[Event]:
    if before is after:
        return
    for key, alert in after.items():
        was = before.get(key)
        if was is not alert:
            for what in _turns(was, alert):
                over = was if what is What.RESOLVED else None
                yield _event(what, replace(alert, severity=over.severity) if over else alert, now, by)
    for key, was in before.items():
        if was.firing and key not in after:
            yield _event(What.DROPPED, was, now, None)


def _turns(was: Alert | None, alert: Alert) -> Iterator[What]:
    if was is None or not was.firing:
        if alert.firing:
            yield What.FIRED
    elif not alert.firing:
        yield What.RESOLVED
    else:
        if alert.severity > was.severity or alert.risen_at != was.risen_at:
            yield What.ESCALATED
        elif alert.severity < was.severity:
            yield What.EASED
        if was.stage is Stage.ACKNOWLEDGED and alert.stage is Stage.FIRING:
            yield What.UNACKNOWLEDGED
    if alert.stage is Stage.ACKNOWLEDGED and (was is None or was.acknowledged != alert.acknowledged):
        yield What.ACKNOWLEDGED


def _event(what: What, alert: Alert, now: datetime, by: str | None) -> Event:
    """Return the event of `alert` as it is now; of an end the severity is the one that it had."""
    known = alert.acknowledged
    until = known.until if what is What.ACKNOWLEDGED and known else None
    author = known.by if what is What.ACKNOWLEDGED and known else by if what is What.UNACKNOWLEDGED else None
    return Event(now, what, alert.key, alert.id, alert.severity, alert.summary, author, until)


def _of_silences(
    before: tuple[Silence, ...], after: tuple[Silence, ...], now: datetime, by: str | None
) -> Iterator[Event]:
    if before is after:
        return
    for silence in after:
        if silence not in before:
            yield _of_silence(What.SILENCED, silence, now, silence.by)
    for silence in before:
        if silence not in after and now < silence.until:  # One that is over ended when it had said that it would.
            yield _of_silence(What.UNSILENCED, silence, now, by)


def _of_silence(what: What, silence: Silence, now: datetime, by: str | None) -> Event:
    return Event(now, what, silence.patterns, silence.id, Severity.OK, silence.reason, by, silence.until)
