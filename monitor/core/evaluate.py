"""From what is known to what is true now: every rule over what one poll can have changed."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.core.alerts import Alert, Stage
from monitor.core.life import FLAP_SPAN, Finding, live
from monitor.core.measured import Measured, measured_budgets
from monitor.core.plan import Counted, Plan
from monitor.core.rules.burn_rate import burn_rate
from monitor.core.rules.forecast import forecast
from monitor.core.rules.quota import measured_quota, quota
from monitor.core.rules.saving import saving
from monitor.core.rules.silence import silence
from monitor.core.rules.threshold import threshold
from monitor.core.state import State
from monitor.core.tally import Tally
from monitor.core.windows import Period, Window

Windows = Mapping[Period, tuple[Window, ...]]


def evaluate(state: State, plan: Plan, name: str, now: datetime) -> State:
    """Return the state with the sums and alerts anew that a poll of source `name` can have changed.

    Kept are alerts that fire or are about to, those whose end some channel that was told is to hear of, and for an hour
    those that have just ended, so that one that comes and goes is known as such. A window that is over and settled
    takes its alert along in silence, and the next window starts unarmed.
    """
    windows = {period: plan.windows(period, now) for period in {budget.period for budget in plan.budgets}}
    state = replace(state, tallies=_counted(state, plan, name, windows, now))
    wants_ends = {channel.name for channel in plan.channels if channel.resolved}
    told = {entry.alert for entry in state.log.entries if entry.channel in wants_ends}
    alerts = {key: alert for key, alert in state.alerts.items() if not _is_over(alert, plan.settling, now)}
    for finding in _found(state, plan, name, windows, now):
        key = finding.alert.key
        alert = live(alerts.get(key), finding, now)
        if alert is None or _is_done(alert, told, now):
            alerts.pop(key, None)
        else:
            alerts[key] = alert
    return replace(state, alerts=alerts, log=state.log.only(alerts, wants_ends))


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


def _found(state: State, plan: Plan, name: str, windows: Windows, now: datetime) -> Iterator[Finding]:
    tuning, source = plan.tuning, state.sources[name]
    if tuning.snapshot.enabled:
        yield saving(state.saving, now)
    yield from (found for found in silence(plan.sources[name], source, now) if tuning.enabled(found.alert.rule))
    groups = plan.groups(name)
    for group in groups:
        for measured in measured_budgets(group, state.tallies[group.counted], plan, windows):
            if tuning.threshold.enabled and (found := threshold(measured, state.sources, state.alerts, now)):
                yield found
            yield from _on_speed(measured, state, plan, now)
    if tuning.quota.enabled and (found := quota(name, source, plan, state.alerts, now)):
        yield found
    if not groups and (quota_measured := measured_quota(name, source, plan, now)):
        yield from _on_speed(quota_measured, state, plan, now)


def _on_speed(measured: Measured, state: State, plan: Plan, now: datetime) -> Iterator[Finding]:
    tuning = plan.tuning
    if tuning.burn_rate.enabled and (found := burn_rate(measured, tuning.burn_rate, state.sources, state.alerts, now)):
        yield found
    if tuning.forecast.enabled and (
        found := forecast(measured, tuning.forecast, state.sources, state.alerts, plan.zone, now)
    ):
        yield found


def _is_over(alert: Alert, settling: timedelta, now: datetime) -> bool:
    return alert.window is not None and now >= alert.window.end + settling


def _is_done(alert: Alert, told: Collection[str], now: datetime) -> bool:
    """Tell whether nobody needs to hear of it any more, and its end is long enough ago."""
    if alert.stage is not Stage.RESOLVED:
        return False
    if alert.window is not None and alert.window.end <= now:
        return True  # A bill that fell after the month was over is good news for the accountant only.
    return alert.key not in told and alert.ended is not None and now - alert.ended > FLAP_SPAN
