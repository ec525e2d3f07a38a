"""From what is known to what is true now: every rule over what one poll can have changed."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from monitor.core.alerts import Alert
from monitor.core.budgets import Severity, Thresholds
from monitor.core.plan import Plan
from monitor.core.rules.quota import quota_alerts
from monitor.core.rules.saving import saving_alert
from monitor.core.rules.silence import silence_alerts
from monitor.core.rules.threshold import threshold_alerts
from monitor.core.state import State


def evaluate(state: State, plan: Plan, name: str, now: datetime) -> State:
    """Return the state with the alerts re-judged that a poll of source `name` can have changed.

    Kept are alerts that fire, and those whose end some channel that was told is to hear of. A window that is over and
    settled takes its alert along in silence, and the next window starts unarmed.
    """
    wants_ends = {channel.name for channel in plan.channels if channel.resolved}
    told = {entry.alert for entry in state.log.entries if entry.channel in wants_ends}
    alerts = {key: alert for key, alert in state.alerts.items() if not _is_over(alert, plan, now)}
    for alert in _judged(state, plan, name, now):
        before = alerts.get(alert.key)
        if before is not None and before.firing == alert.firing:
            alert = replace(alert, since=before.since)
        if alert.firing:
            alerts[alert.key] = alert
        elif alert.window is not None and alert.window.end <= now:
            # A bill that fell after the month was over is good news for the accountant only.
            alerts.pop(alert.key, None)
        elif alert.key in told:
            alerts[alert.key] = replace(alert, since=before.since) if before else alert
        else:
            alerts.pop(alert.key, None)
    return replace(state, alerts=alerts, log=state.log.only(alerts, wants_ends))


def _is_over(alert: Alert, plan: Plan, now: datetime) -> bool:
    return alert.window is not None and now >= alert.window.end + plan.settling


def _judged(state: State, plan: Plan, name: str, now: datetime) -> Iterator[Alert]:
    source = state.sources[name]
    yield saving_alert(state.saving, now)
    yield from silence_alerts(plan.sources[name], source, now)
    for alert, thresholds in quota_alerts(name, source, plan, now):
        yield _damped(alert, thresholds, state.alerts)
    for budget in plan.budgets:
        if plan.counts(budget, name):
            for alert, thresholds in threshold_alerts(budget, state.sources, plan, now):
                yield _damped(alert, thresholds, state.alerts)


def _damped(alert: Alert, thresholds: Thresholds, known: Mapping[str, Alert]) -> Alert:
    """Keep a firing alert at WARNING until it is clearly below: a figure on the edge must not come and go."""
    before = known.get(alert.key)
    if alert.firing or before is None or not before.firing or alert.spend is None or alert.spend.ratio is None:
        return alert
    if thresholds.recovered(alert.spend.ratio):
        return alert
    return replace(alert, severity=Severity.WARNING)
