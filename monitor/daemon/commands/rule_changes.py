"""`--set RULE.FIELD=VALUE`: a plan whose rules are tuned for once."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from monitor.core.budgets import Thresholds
from monitor.core.errors import SettingsError
from monitor.core.parsing.fields import parse_share
from monitor.core.parsing.problems import did_you_mean
from monitor.core.plan import Plan
from monitor.daemon.settings.tunables import TUNABLES

# A budget's thresholds have variables of their own, and are set here as fields of their rule.
THRESHOLDS = tuple(f"threshold.{level}" for level in ("warning", "critical", "emergency"))


def with_changes(plan: Plan, changes: Iterable[str]) -> Plan:
    """Return the plan with the changes, one after the other.

    Raises:
        SettingsError: with all that are wrong, and the nearest right names.
    """
    problems = []
    for change in changes:
        try:
            plan = _with(plan, change)
        except ValueError as error:
            problems.append(f"--set {change} {error}")
    if not problems and not _in_order(plan):
        problems.append("--set makes thresholds of which one is not above the one before")
    if problems:
        raise SettingsError(problems)
    return plan


def _with(plan: Plan, change: str) -> Plan:
    name, equals, text = change.partition("=")
    name = name.strip().lower()
    known = {f"{tunable.rule}.{tunable.field}": tunable for tunable in TUNABLES}
    if not equals:
        raise ValueError("is not written as RULE.FIELD=VALUE")
    if name in THRESHOLDS:
        return _with_threshold(plan, name.partition(".")[2], parse_share(text))
    if name not in known:
        raise ValueError(f"names nothing that can be set{did_you_mean(name, (*known, *THRESHOLDS))}")
    tunable = known[name]
    value: Any = tunable.parse(text)
    section = replace(getattr(plan.tuning, tunable.rule), **{tunable.field: value})
    return replace(plan, tuning=replace(plan.tuning, **{tunable.rule: section}))


def _with_threshold(plan: Plan, level: str, share: Any) -> Plan:
    def changed(thresholds: Thresholds) -> Thresholds:
        return replace(thresholds, **{level: share})

    budgets = tuple(replace(budget, thresholds=changed(budget.thresholds)) for budget in plan.budgets)
    return replace(plan, budgets=budgets, thresholds=changed(plan.thresholds))


def _in_order(plan: Plan) -> bool:
    return all(
        budget.thresholds.warning < budget.thresholds.critical < budget.thresholds.emergency for budget in plan.budgets
    )
