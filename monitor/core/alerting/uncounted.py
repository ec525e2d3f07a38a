"""Budgets that count nothing: what they name, a model, a project or a key, is told by no source."""

from collections.abc import Iterable, Iterator, Mapping

from monitor.core.budgets import Budget
from monitor.core.parsing.problems import did_you_mean
from monitor.core.plan import Plan
from monitor.core.spending.readings import WHOLE
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.telling.phrases import some_of

MOST_NAMED = 5


def uncounted(plan: Plan, sources: Mapping[str, SourceState]) -> Iterator[str]:
    """Yield a line for each budget of which no source tells; of one whose sources were never read nothing is said."""
    for budget in plan.budgets:
        spends = {name: sources[name].spend for name in plan.counted(budget) if sources[name].spend.as_of is not None}
        if budget.scope.series != WHOLE and spends and not any(_tells(spend, budget) for spend in spends.values()):
            who = some_of(list(spends), MOST_NAMED)
            missing = _missing(budget, spends.values())
            yield f"budget {budget.name} counts nothing so far: {who} told nothing of {missing}"


def _tells(spend: Spend, budget: Budget) -> bool:
    meant = spend.names.meant(budget.scope.series)
    return any(one.includes(series) for series in spend.grouped.series for one in meant)


def _missing(budget: Budget, spends: Iterable[Spend]) -> str:
    """Return what is not told of, and what is."""
    for dimension, wanted in budget.scope.series._asdict().items():
        known = {
            name: spend.names.name(name)
            for spend in spends
            for series in spend.grouped.series
            if wanted is not None and (name := getattr(series, dimension)) is not None
        }
        if wanted is not None and not known:
            return f"any {dimension}"
        if wanted is not None and wanted not in (*known, *known.values()):
            names = sorted(known.values())
            near = did_you_mean(wanted, names)
            return f"the {dimension} {wanted}{near or f'; known are {some_of(names, MOST_NAMED)}'}"
    return f"{budget.scope.series} together"
