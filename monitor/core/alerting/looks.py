"""Every rule, over what it is about: the monitor itself, one source, the limits that count it."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from monitor.core.alerting.life import Finding
from monitor.core.alerting.measured import Measured, measured_budgets
from monitor.core.plan import Plan
from monitor.core.rules.burn_rate import burn_rate
from monitor.core.rules.channel import channel
from monitor.core.rules.clock_skew import clock_skew
from monitor.core.rules.first_seen import first_seen
from monitor.core.rules.forecast import forecast
from monitor.core.rules.headroom import headroom
from monitor.core.rules.quota import measured_quota, quota, without_quota
from monitor.core.rules.runway import runway
from monitor.core.rules.saving import saving
from monitor.core.rules.silence import silence
from monitor.core.rules.spike import spike
from monitor.core.rules.threshold import threshold
from monitor.core.rules.unpriced import unpriced_models
from monitor.core.state import State
from monitor.core.windows import Period, Window

Windows = Mapping[Period, tuple[Window, ...]]
Looks = Iterator[Finding | None]


def on_monitor(state: State, plan: Plan, now: datetime) -> Looks:
    """Yield what is wrong with the monitor's own state folder and channels."""
    yield saving(state.saving, now)
    for each in state.channels.values():
        yield channel(each, plan.tuning.channel, state.alerts, now)


def on_source(name: str, state: State, plan: Plan, now: datetime) -> Looks:
    """Yield what is wrong with one source, or unusual in it, whatever limits there are."""
    watched, source, tuning, known = plan.sources[name], state.sources[name], plan.tuning, state.alerts
    yield from silence(watched, source, tuning, known, now)
    yield spike(watched, source, tuning.spike, known, plan.zone, now)
    yield runway(name, source.spend, tuning.runway, known, plan.zone, now)
    yield from first_seen(name, source.spend, tuning.first_seen, known, plan.zone, now)
    yield headroom(name, source, tuning.headroom, known, now)
    yield clock_skew(name, source, tuning.clock_skew, known, now)
    yield unpriced_models(name, source.spend, known, now)


def on_limits(name: str, state: State, plan: Plan, windows: Windows, now: datetime) -> Looks:
    """Yield how the limits stand that count the source: budgets, and the provider's own quota."""
    source, groups = state.sources[name], plan.groups(name)
    for group in groups:
        for measured in measured_budgets(group, state.tallies[group.counted], windows):
            yield threshold(measured, state.sources, state.alerts, now)
            yield from _on_speed(measured, state, plan, now)
    yield quota(name, source, plan, state.alerts, now)
    if groups:
        return
    quota_measured = measured_quota(name, source, plan, now)
    if quota_measured is not None:
        yield from _on_speed(quota_measured, state, plan, now)
    else:
        yield from without_quota(name, state.alerts)


def _on_speed(measured: Measured, state: State, plan: Plan, now: datetime) -> Looks:
    yield burn_rate(measured, plan.tuning.burn_rate, state.sources, state.alerts, now)
    yield forecast(measured, plan.tuning.forecast, state.sources, state.alerts, plan.zone, now)
