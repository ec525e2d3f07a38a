"""From what is known to what is true now: every rule over what can have changed."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain

from monitor.core.alerting.alerts import Alert, Rule, Stage
from monitor.core.alerting.episodes import episodes_after
from monitor.core.alerting.life import FLAP_SPAN, live
from monitor.core.alerting.looks import Looks, Windows, on_limits, on_monitor, on_source
from monitor.core.plan import Counted, Plan
from monitor.core.rules.silence import silence
from monitor.core.spending.tally import Tally
from monitor.core.state import State


def evaluate(state: State, plan: Plan, name: str, now: datetime) -> State:
    """Return the state with the sums and alerts anew that a poll of source `name` can have changed."""
    periods = {budget.period for group in plan.groups(name) for budget in group.budgets}
    windows = {period: plan.windows(period, now) for period in periods}
    state = replace(state, tallies=_counted(state, plan, name, windows, now))
    on_all = chain(
        on_monitor(state, plan, now), on_source(name, state, plan, now), on_limits(name, state, plan, windows, now)
    )
    return _judged(state, plan, on_all, now)


def evaluate_monitor(state: State, plan: Plan, now: datetime) -> State:
    """Return the state with the alerts anew that are about the monitor itself; no poll of a source is counted."""
    return _judged(state, plan, on_monitor(state, plan, now), now)


def evaluate_health(state: State, plan: Plan, name: str, now: datetime) -> State:
    """Return the state with the alerts anew on whether source `name` can be read: all else of it is left alone."""
    found = silence(plan.sources[name], state.sources[name], plan.tuning, state.alerts, now)
    return _judged(state, plan, found, now)


def _judged(state: State, plan: Plan, looks: Looks, now: datetime) -> State:
    """Return the state with what the looks make of its alerts, those of rules that are switched off left out.

    Kept are alerts that fire or are about to, those whose end some channel that was told is to hear of, and for an hour
    those that have just ended, so that one that comes and goes is known as such. A window that is over and settled
    takes its alert along in silence, and the next window starts unarmed.
    """
    wants_ends = {channel.name for channel in plan.channels if channel.resolved}
    told = {entry.alert for entry in state.log.entries if entry.channel in wants_ends}
    alerts = {key: alert for key, alert in state.alerts.items() if not _is_over(alert, plan.settling, now)}
    episodes = state.episodes
    for found in looks:
        if found is None or not plan.tuning.enabled(found.alert.rule):
            continue
        key = found.alert.key
        alert = live(alerts.get(key), found, now)
        episodes = episodes_after(episodes, alerts.get(key), alert)
        if alert is None or _is_done(alert, told, now):
            alerts.pop(key, None)
        else:
            alerts[key] = alert
    return replace(state, alerts=alerts, log=state.log.only(alerts, wants_ends), episodes=episodes)


def _counted(state: State, plan: Plan, name: str, windows: Windows, now: datetime) -> Mapping[Counted, Tally]:
    """Return the sums of all groups of budgets, with those anew that count the source."""
    groups = plan.groups(name)
    if not groups:
        return state.tallies
    fresh = {}
    for group in groups:
        judged = {window for budget in group.budgets for window in windows[budget.period]}
        known = state.tallies.get(group.counted, Tally())
        fresh[group.counted] = known.after(group, name, state.sources, judged, now)
    return {**state.tallies, **fresh}


def _is_over(alert: Alert, settling: timedelta, now: datetime) -> bool:
    if alert.window is None:
        return False
    return now >= alert.window.end + (settling if alert.rule is Rule.THRESHOLD else timedelta())


def _is_done(alert: Alert, told: Collection[str], now: datetime) -> bool:
    """Tell whether nobody needs to hear of it any more, and its end is long enough ago."""
    if alert.stage is not Stage.RESOLVED:
        return False
    if alert.window is not None and alert.window.end <= now:
        return True  # A bill that fell after the month was over is good news for the accountant only.
    return alert.key not in told and alert.ended is not None and now - alert.ended > FLAP_SPAN
