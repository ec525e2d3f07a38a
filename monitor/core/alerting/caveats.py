"""What the rules cannot see yet, or only roughly: said to people, as nothing is guessed in silence."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain

from monitor.core.alerting.uncounted import uncounted
from monitor.core.plan import Plan
from monitor.core.rules.spike import learning
from monitor.core.spending.drift import drift_words
from monitor.core.state import State
from monitor.core.tuning import BurnRate
from monitor.core.windows import Period, span_words


def caveats(plan: Plan, state: State, now: datetime) -> tuple[str, ...]:
    """Return a line for each source whose usual spend is not known yet, or that is estimated badly or misses something,
    and for each budget that counts nothing, or is judged too roughly.
    """
    lines = (
        uncounted(plan, state.sources),
        _learning(plan, state, now),
        _widened(plan),
        _drifted(plan, state, now),
        _lost(plan, state),
    )
    return tuple(chain.from_iterable(lines))


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


def _drifted(plan: Plan, state: State, now: datetime) -> Iterator[str]:
    for name in plan.sources:
        if words := drift_words(state.sources[name].spend, now):
            yield f"the estimate of {name} is {words}"


def _lost(plan: Plan, state: State) -> Iterator[str]:
    for name in plan.sources:
        if requests := state.sources[name].lost:
            yield (
                f"{name} misses {requests} requests of this month, and what they cost: they could not be written down "
                "(the log of the program says why)"
            )


def _finer(tuning: BurnRate, grain: timedelta) -> list[timedelta]:
    """Return the windows of the burn rate that are widened to the grain."""
    steps = (tuning.emergency, tuning.critical, tuning.warning)
    return sorted({window for step in steps for window in (step.long, step.short) if window < grain})
