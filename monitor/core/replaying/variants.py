"""The same plan with other settings: what a change of a threshold would have done."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from monitor.core.budgets import Thresholds
from monitor.core.money import percent
from monitor.core.plan import Plan
from monitor.core.tuning import BurnRate, BurnStep

THRESHOLDS = (
    Thresholds(Decimal("0.60"), Decimal("0.80"), Decimal("0.90")),
    Thresholds(Decimal("0.70"), Decimal("0.90"), Decimal("0.95")),
)
FACTORS = (Decimal("0.5"), Decimal(2))


def variants(plan: Plan) -> Iterator[tuple[str, Plan]]:
    """Yield the plan as it is and its neighbours, each with what it changes in words; a rule that is off has none."""
    yield "as set", plan
    tuning = plan.tuning
    for thresholds in THRESHOLDS if tuning.threshold.enabled else ():
        other = replace(plan, budgets=tuple(replace(budget, thresholds=thresholds) for budget in plan.budgets))
        if other != plan:
            yield f"thresholds {_shares(thresholds)}", other
    for factor in FACTORS if plan.budgets and tuning.burn_rate.enabled else ():
        yield f"burn rate x{factor}", replace(plan, tuning=replace(tuning, burn_rate=_faster(tuning.burn_rate, factor)))


def _faster(rule: BurnRate, factor: Decimal) -> BurnRate:
    emergency, critical, warning = (
        BurnStep(step.factor * factor, step.long, step.short) for step in (rule.emergency, rule.critical, rule.warning)
    )
    return replace(rule, emergency=emergency, critical=critical, warning=warning)


def _shares(thresholds: Thresholds) -> str:
    return "/".join(percent(share) for share in (thresholds.warning, thresholds.critical, thresholds.emergency))
