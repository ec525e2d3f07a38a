"""Alerts that nothing will end: what they are about is no longer in the settings."""

from typing import assert_never

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.plan import Plan


def obsolete(alert: Alert, plan: Plan) -> bool:
    """Tell whether no look will find the alert's subject again: its rule is off, or its budget or source is gone."""
    if not plan.tuning.enabled(alert.rule):
        return True
    if not alert.about and alert.window is not None:
        return False  # Saved by a release that did not note what it is about; it ends with its window.
    match alert.rule:
        case Rule.THRESHOLD | Rule.BURN_RATE | Rule.FORECAST | Rule.QUOTA:
            return not _limit_is_judged(alert, plan)
        case Rule.CHANNEL:
            return alert.subject not in {channel.name for channel in plan.channels}
        case Rule.SNAPSHOT | Rule.DIGEST:
            return False
        case (
            Rule.SPIKE
            | Rule.RUNWAY
            | Rule.FIRST_SEEN
            | Rule.HEADROOM
            | Rule.NO_DATA
            | Rule.REFUSED
            | Rule.DRIFTED
            | Rule.CLOCK_SKEW
            | Rule.UNPRICED
        ):
            return alert.subject not in plan.sources
        case _:
            assert_never(alert.rule)


def _limit_is_judged(alert: Alert, plan: Plan) -> bool:
    """Tell whether the alert's budget still has such windows, or its provider's quota is still judged by the rule."""
    about = alert.about.removeprefix("budget:")
    name = about.removeprefix("quota:")
    if name != about:
        # A quota's pace is judged only where no budget counts the source.
        return name in plan.sources and (alert.rule is Rule.QUOTA or not plan.groups(name))
    budget = next((budget for budget in plan.budgets if budget.name == about), None)
    if budget is None or not plan.counted(budget):
        return False
    return alert.window is None or alert.window == budget.period.window(alert.window.start, plan.zone)
