"""Who is due to hear what, and what each channel was last told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.core.alerting.alerts import Alert, Rule, Stage
from monitor.core.budgets import Severity
from monitor.core.channels import Channel


class Reason(StrEnum):
    FIRST = "first"
    ESCALATED = "escalated"
    REMINDER = "reminder"
    RESOLVED = "resolved"
    HELD = "held"
    DIGEST = "digest"


# So many of the last digests are remembered: as far as a clock may be set back without one being sent again.
MOST_DIGESTS = 8
DIGEST_KEY = "digest:"


@dataclass(frozen=True, slots=True)
class Told:
    """What one channel last heard of one alert: the highest severity, and when it was last said.

    Of a digest `alert` is its key, and the severity OK.
    """

    channel: str
    alert: str
    severity: Severity
    at: datetime

    @property
    def is_digest(self) -> bool:
        return self.alert.startswith(DIGEST_KEY)


@dataclass(frozen=True, slots=True)
class Notification:
    """One message due; `before` is what the channel had heard, OK for nothing."""

    channel: str
    alert: Alert
    reason: Reason
    before: Severity = Severity.OK

    @property
    def is_urgent(self) -> bool:
        """Tell whether it is an emergency that the channel does not know of."""
        return self.alert.severity is Severity.EMERGENCY and self.reason in (Reason.FIRST, Reason.ESCALATED)


@dataclass(frozen=True, slots=True)
class NotificationLog:
    """The memory of what was said. Never a cache: dropping an entry says its alert again."""

    entries: tuple[Told, ...] = ()

    def last(self, channel: str, alert: str) -> Told | None:
        return next((told for told in self.entries if (told.channel, told.alert) == (channel, alert)), None)

    def told(self, delivered: Sequence[Notification], now: datetime) -> "NotificationLog":
        """Return the log after a delivery; what was resolved may fire anew. What was held is kept elsewhere."""
        delivered = [note for note in delivered if note.reason is not Reason.HELD]
        heard = {(note.channel, note.alert.key) for note in delivered}
        kept = [told for told in self.entries if (told.channel, told.alert) not in heard]
        new = [
            Told(note.channel, note.alert.key, max(note.before, note.alert.severity), now)
            for note in delivered
            if note.reason is not Reason.RESOLVED
        ]
        return NotificationLog((*_but_old_digests(kept, new), *new))

    def only(self, alerts: Mapping[str, Alert], wants_ends: Collection[str]) -> "NotificationLog":
        """Return the log without what no longer exists: windows that are over and settled.

        A channel that is not in `wants_ends` forgets what is over at once: when it fires anew, that is news.
        """
        kept = tuple(
            told
            for told in self.entries
            if (told.alert in alerts and (alerts[told.alert].firing or told.channel in wants_ends)) or told.is_digest
        )
        return self if len(kept) == len(self.entries) else replace(self, entries=kept)


def _but_old_digests(kept: Sequence[Told], new: Sequence[Told]) -> Sequence[Told]:
    """Return what is kept beside the `new` without the digests that more of them push out."""
    old: set[Told] = set()
    for channel in {told.channel for told in new if told.is_digest}:
        digests = [told for told in kept if told.channel == channel and told.is_digest]
        old.update(digests[: 1 - MOST_DIGESTS])
    return [told for told in kept if told not in old] if old else kept


def reason_to_notify(
    alert: Alert, last: Told | None, channel: Channel, remind_every: timedelta, now: datetime
) -> Reason | None:
    """Return why the channel is due to hear of the alert, or None.

    | last told       | now                     | then                              |
    |-----------------|-------------------------|-----------------------------------|
    | nothing         | below the channel's own | silence                           |
    | nothing         | firing                  | first                             |
    | a severity      | higher                  | escalated                         |
    | emergency       | emergency, long after   | reminder                          |
    | a severity      | the same                | silence                           |
    | a severity      | lower, firing           | silence                           |
    | a severity      | OK                      | resolved, if the channel wants it |
    | a severity      | the same, after a long  | escalated, where it has no window |
    |                 | time of being lower, or | and is for the channel            |
    |                 | with a new cause        |                                   |
    | anything        | acknowledged            | silence                           |
    | a severity      | acknowledged till lately| reminder, or escalated if higher  |
    """
    if alert.stage is Stage.ACKNOWLEDGED:
        return None
    if last is None:
        return Reason.FIRST if alert.firing and alert.severity >= channel.min_severity else None
    if not alert.firing:
        return Reason.RESOLVED if channel.resolved else None
    if alert.severity > last.severity:
        return Reason.ESCALATED
    if alert.window is None and alert.risen_at is not None and last.at < alert.risen_at:
        return Reason.ESCALATED if alert.severity >= channel.min_severity else None
    if alert.acknowledged is not None and alert.acknowledged.ended is not None and last.at < alert.acknowledged.ended:
        return Reason.REMINDER
    # A clock that was wrong may have left an entry in the future: it counts as just said.
    is_past = alert.window is not None and alert.window.end <= now
    if alert.severity is Severity.EMERGENCY and not is_past and now - last.at >= remind_every:
        return Reason.REMINDER
    return None


def decide(
    alerts: Mapping[str, Alert], log: NotificationLog, channel: Channel, remind_every: timedelta, now: datetime
) -> tuple[Notification, ...]:
    """Return what `channel` is due to hear now of what it hears of, the worst first.

    There is no queue: only what is true now is said.
    """
    last = {told.alert: told for told in log.entries if told.channel == channel.name}
    due = []
    for alert in alerts.values():
        told = last.get(alert.key)
        reason = reason_to_notify(alert, told, channel, remind_every, now)
        if reason is not None:
            due.append(Notification(channel.name, alert, reason, told.severity if told else Severity.OK))
    return tuple(sorted(due, key=_most_urgent))


def hears_of(channel: Channel, alert: Alert) -> bool:
    """Tell whether such alerts are for the channel: that it fails itself is said on the others."""
    if alert.rule is Rule.CHANNEL and alert.subject == channel.name:
        return False
    return channel.rules is None or alert.rule in channel.rules


def _most_urgent(note: Notification) -> tuple[int, bool, str]:
    """Order by severity; of equals the user's own budget comes first."""
    return (-note.alert.severity, note.alert.rule is not Rule.THRESHOLD, note.alert.key)
