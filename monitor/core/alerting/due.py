"""What a channel is due to hear: what is true, may be spoken of, and does not wait for the end of the quiet hours."""

from datetime import datetime

from monitor.core.alerting.held import summed_up
from monitor.core.alerting.muting import audible
from monitor.core.alerting.notifications import Notification, decide, hears_of
from monitor.core.channels import Channel
from monitor.core.plan import Plan
from monitor.core.state import State
from monitor.core.telling.digest import digest_due


def due_on(channel: Channel, state: State, plan: Plan, now: datetime) -> tuple[Notification, ...]:
    """Return what `channel` is due to hear at `now`, the worst first and what is past last; else a digest, alone."""
    # First: what this channel never hears must not hide what it does.
    known = {key: alert for key, alert in state.alerts.items() if hears_of(channel, alert)}
    heard = audible(known, state.silences, now)
    due = decide(heard, state.log, channel, plan.remind_every, now)
    if plan.quiet.holds(now):
        return tuple(note for note in due if plan.quiet.lets_through(note))
    return (*due, *summed_up(state.held, channel)) or digest_due(channel, state, plan, now)
