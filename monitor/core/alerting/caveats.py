"""What the rules cannot see yet, or only roughly: said to people, as nothing is guessed in silence."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from monitor.core.parsing.problems import did_you_mean
from monitor.core.plan import Plan
from monitor.core.rules.spike import learning
from monitor.core.spending.drift import drift_words
from monitor.core.spending.readings import Series
from monitor.core.state import State
from monitor.core.tuning import BurnRate
from monitor.core.windows import Period, span_words


def caveats(plan: Plan, state: State, now: datetime) -> tuple[str, ...]:
    """Return a line for each source whose usual spend is not known yet, or that is estimated badly, and for each
    budget that is judged too roughly, or of whose project or key nothing is told.
    """
    return (*_learning(plan, state, now), *_widened(plan), *_unseen(plan, state), *_drifted(plan, state, now))


def _learning(plan: Plan, state: State, now: datetime) -> Iterator[str]:
    for name, watched in plan.sources.items():
        words = learning(watched, state.sources[name], plan.zone, now) if plan.tuning.spike.enabled else None
        if words is not None:
            yield f"spikes of {name} are not seen yet: {words}"


def _widened(plan: Plan) -> Iterator[str]:
    if not plan.tuning.burn_rate.enabled:
        return
    for budget in plan.budgets:
        for name in plan.counted(budget) if budget.period is not Period.TOTAL else ():
            grain = plan.sources[name].grain
            if windows := _finer(plan.tuning.burn_rate, grain):
                spans = ", ".join(span_words(window) for window in windows)
                yield (
                    f"the burn rate of {budget.name} is judged over {span_words(grain)} in the place of {spans}, "
                    f"as the figures of {name} move no finer"
                )


def _unseen(plan: Plan, state: State) -> Iterator[str]:
    for budget in plan.budgets:
        spends = [state.sources[name].spend for name in plan.counted(budget)]
        for of in ("project", "key"):
            word = getattr(budget.scope, of)
            if word is None:
                continue
            meant = {getattr(one, of) for spend in spends for one in spend.names.meant(Series(**{of: word}))}
            told = [{getattr(series, of) for series in spend.grouped.series} - {None} for spend in spends]
            if any(told) and meant.isdisjoint(set().union(*told)):
                names = [spend.names.name(one) for spend, ones in zip(spends, told, strict=True) for one in ones]
                yield f"{budget.name} counts the {of} {word}, of which nothing is told{did_you_mean(word, names)}"


def _drifted(plan: Plan, state: State, now: datetime) -> Iterator[str]:
    for name in plan.sources:
        if words := drift_words(state.sources[name].spend, now):
            yield f"the estimate of {name} is {words}"


def _finer(tuning: BurnRate, grain: timedelta) -> list[timedelta]:
    """Return the windows of the burn rate that are widened to the grain."""
    steps = (tuning.emergency, tuning.critical, tuning.warning)
    return sorted({window for step in steps for window in (step.long, step.short) if window < grain})
