"""What began in the quiet hours and ended unsaid: it is not true any more when it may be said, so it is summed up."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.core.alerting.alerts import Alert, Stage
from monitor.core.alerting.muting import audible
from monitor.core.alerting.notifications import Notification, Reason, hears_of
from monitor.core.alerting.quiet import Held, Quiet
from monitor.core.channels import Channel
from monitor.core.plan import Plan
from monitor.core.state import State

# Of a night in which more than this came and went, the latest are told.
MOST_HELD = 200


def held_after(before: State, after: State, plan: Plan, now: datetime) -> tuple[Held, ...]:
    """Return what is held after a poll: what ended unsaid is added; what fires anew leaves, as that is said itself.

    It may have ended after the quiet hours: nobody was told in between, as the channel or the daemon was down.
    """
    held = before.held
    if held:
        held = tuple(one for one in held if not _fires(after, one.alert.key))
    if before.alerts is after.alerts or not (plan.quiet.hours or plan.quiet.maintenance):
        return held
    ended = [alert for key, alert in before.alerts.items() if alert.firing and not _fires(after, key)]
    if not ended:
        return held
    heard = audible(before.alerts, before.silences, now)
    unsaid = [alert for alert in ended if alert.key in heard and _waited(alert, plan.quiet)][-MOST_HELD:]
    # The log of before: it may have forgotten by now what is over.
    told = {(entry.channel, entry.alert) for entry in before.log.entries}
    new = [
        Held(channel.name, replace(alert, stage=Stage.RESOLVED, ended=now))
        for alert in unsaid
        for channel in plan.channels
        if (channel.name, alert.key) not in told and _would_have_heard(channel, alert)
    ]
    replaced = {(one.channel, one.alert.key) for one in new}
    return (*(one for one in held if (one.channel, one.alert.key) not in replaced), *new)[-MOST_HELD:]


def summed_up(held: Sequence[Held], channel: Channel) -> tuple[Notification, ...]:
    """Return what `channel` is due to hear of what was held."""
    return tuple(Notification(one.channel, one.alert, Reason.HELD) for one in held if one.channel == channel.name)


def without(held: tuple[Held, ...], delivered: Sequence[Notification]) -> tuple[Held, ...]:
    """Return what is still held after a delivery."""
    said = {(note.channel, note.alert.id) for note in delivered if note.reason is Reason.HELD}
    return tuple(one for one in held if (one.channel, one.alert.id) not in said) if said else held


def _fires(state: State, key: str) -> bool:
    return key in state.alerts and state.alerts[key].firing


def _waited(alert: Alert, quiet: Quiet) -> bool:
    """Tell whether it was held back from its beginning; what is acknowledged is known without that."""
    return alert.stage is not Stage.ACKNOWLEDGED and quiet.waits(alert.severity) and quiet.holds(alert.since)


def _would_have_heard(channel: Channel, alert: Alert) -> bool:
    return alert.severity >= channel.min_severity and hears_of(channel, alert)
