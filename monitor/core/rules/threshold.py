"""A budget's spend against its thresholds, in the window of now and in one that has just ended."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from monitor.core.alerts import Alert, Rule, SpendFacts
from monitor.core.budgets import Budget, Severity, Thresholds
from monitor.core.money import Money, percent, total
from monitor.core.plan import Plan
from monitor.core.rules.cheaper import cheaper_model
from monitor.core.state import SourceState
from monitor.core.windows import Window


def threshold_alerts(
    budget: Budget, sources: Mapping[str, SourceState], plan: Plan, now: datetime
) -> Iterator[tuple[Alert, Thresholds]]:
    """Yield the budget's alert for each window under evaluation, with the thresholds that judged it."""
    current = budget.period.window(now, plan.zone)
    before = budget.period.before(current, plan.zone)
    windows = [current]
    if before is not None and now < before.end + plan.settling:
        windows.append(before)
    for window in windows:
        facts = _facts(budget, window, sources, plan, now, current=window is current)
        if facts is None or facts.ratio is None:
            continue
        subject = _subject(budget, plan)
        yield (
            Alert(
                key=f"threshold:{budget.name}:{window.start:%Y-%m-%dT%H:%MZ}",
                rule=Rule.THRESHOLD,
                subject=subject,
                severity=budget.thresholds.severity(facts.ratio),
                summary=f"{subject}: {percent(facts.ratio)} of {facts.what}",
                since=now,
                window=window,
                spend=facts,
                advice=_cheaper(budget, window, sources, plan) if facts.models else (),
            ),
            budget.thresholds,
        )


def _facts(
    budget: Budget, window: Window, sources: Mapping[str, SourceState], plan: Plan, now: datetime, *, current: bool
) -> SpendFacts | None:
    states = [sources[name] for name in plan.counted(budget) if name in sources]
    if not current:
        # What was spent before anyone watched is history, not news.
        states = [state for state in states if state.spend.since is not None and state.spend.since < window.end]
    scope = replace(budget.scope, source=None)
    known = [cost for state in states if (cost := state.spend.spent(window, now, scope)) is not None]
    if not known:
        return None
    currency = budget.limit.currency
    spent = total(known, currency)
    ratio = spent / budget.limit
    firing = budget.thresholds.severity(ratio) is not Severity.OK
    seen = [state.spend.as_of for state in states if state.spend.as_of is not None]
    return SpendFacts(
        spent=spent,
        limit=budget.limit,
        ratio=ratio,
        what=budget_words(budget),
        as_of=min(seen, default=None),
        thresholds=budget.thresholds,
        pace=_pace(states, now, currency) if firing and current and budget.scope.model is None else None,
        models=_models(states, window, now, currency) if firing else (),
    )


def _cheaper(budget: Budget, window: Window, sources: Mapping[str, SourceState], plan: Plan) -> tuple[str, ...]:
    """Return what a cheaper model would have saved in the window, where that is known."""
    readings = [reading for name in plan.counted(budget) for reading in sources[name].spend.readings]
    advice = cheaper_model(readings, window, budget.limit.currency)
    return (advice,) if advice else ()


def budget_words(budget: Budget) -> str:
    """Return `the monthly budget`, with the name of one that has a name of its own."""
    words = f"the {budget.period.adjective} budget"
    return words if budget.name in ("monthly", "daily") else f"{words} {budget.name}"


def _subject(budget: Budget, plan: Plan) -> str:
    counted = plan.counted(budget)
    source = counted[0] if len(counted) == 1 else "all sources"
    return f"{source} {budget.scope.model}" if budget.scope.model else source


def _pace(states: list[SourceState], now: datetime, currency: str) -> Money | None:
    paces = [pace for state in states if (pace := state.spend.pace(now)) is not None]
    return total(paces, currency) if paces else None


def _models(states: list[SourceState], window: Window, now: datetime, currency: str) -> tuple[tuple[str, Money], ...]:
    costs: dict[str, Money] = {}
    for state in states:
        for model, cost in state.spend.by_model(window, now).items():
            costs[model] = costs.get(model, Money.zero(currency)) + cost
    return tuple(sorted(costs.items(), key=lambda item: -item[1].amount)[:3])
