"""The sections of a digest, each a head and a few lines; of more lines the rest is counted."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from monitor.core.budgets import Budget
from monitor.core.digest_figures import (
    Move,
    cost_of,
    good_polls,
    growth_until_end,
    is_whole,
    moves,
    read_until,
    total_of,
    without_price,
)
from monitor.core.health import Fault
from monitor.core.measured import budget_words
from monitor.core.money import Money, percent
from monitor.core.muting import unexplained
from monitor.core.phrases import clock, cut, lasted, some_of, window_words
from monitor.core.plan import Plan
from monitor.core.rules.runway import lasts_for
from monitor.core.source import SourceState
from monitor.core.state import State
from monitor.core.windows import Period, Window, span_words

MOST_LINES, LONGEST_LINE = 5, 150
FAULTS = {
    Fault.UNAVAILABLE: "it does not answer",
    Fault.REFUSED: "the key is refused",
    Fault.DRIFTED: "its answers are not understood",
    Fault.BUG: "a bug in spend-monitor, see the log",
}


def budgets(state: State, plan: Plan, window: Window, now: datetime) -> list[str]:
    """Return each budget, the fullest first: in its window of now, or in the last one where a new one has begun."""
    found = [_budget(budget, state, plan, window, now) for budget in plan.budgets if budget.period is not Period.HOUR]
    return _section("Budgets:", [line for _, line in sorted(found, key=lambda item: -item[0])])


def moved(state: State, window: Window, before: Window, now: datetime) -> list[str]:
    several = len(state.sources) > 1
    found = [move for move in moves(state.sources, window, before, now) if abs(move.moved) >= Decimal("0.01")]
    return _section("Moved most:", [_move(move, several=several) for move in found[:MOST_LINES]])


def balances(state: State, now: datetime) -> list[str]:
    found = []
    for name, source in state.sources.items():
        balance = source.spend.balance
        if balance is not None:
            left = lasts_for(balance, source.spend, now)
            lasts = f", lasts {span_words(left)} at this pace" if left is not None else ""
            found.append((left or timedelta.max, f"{name}: {balance}{lasts}"))
    return _section("Balances:", [line for _, line in sorted(found)])


def unpriced(state: State, window: Window) -> list[str]:
    models = without_price(state.sources, window)
    return [cut(f"Used at $0.00, so free or without a price: {some_of(models, MOST_LINES)}.", 300)] if models else []


def alerts(state: State, window: Window, zone: tzinfo) -> list[str]:
    """Return what has fired within the days, and what fires now, the worst first."""
    firing = [alert for alert in unexplained(state.alerts).values() if alert.firing]
    began = [episode for episode in state.episodes if episode.since in window]
    if not firing and not began:
        return ["Alerts: none."]
    shown = {(alert.key, alert.since) for alert in firing}
    lines = [(-a.severity, a.since, f"[{a.severity.name}] {a.summary}", "still so") for a in firing]
    for past in began:
        if (past.key, past.since) not in shown:
            ended = f"for {lasted(past.ended - past.since)}" if past.ended else "until its window ended"
            lines.append((-past.severity, past.since, f"[{past.severity.name}] {past.summary}", ended))
    told = [f"{cut(what, LONGEST_LINE)}, {clock(since, zone)}, {until}" for _, since, what, until in sorted(lines)]
    return _section(f"Alerts: {len(began):,} began, {len(firing):,} still so.", told)


def health(state: State, window: Window, zone: tzinfo, now: datetime) -> list[str]:
    """Return how well each source could be read, the worst first."""
    lines = sorted(_source(name, source, window, zone, now) for name, source in state.sources.items())
    told = _section("Sources:", [line for _, line in lines])
    if state.saving.failing_since is not None:
        told.append(f"The state folder cannot be written since {clock(state.saving.failing_since, zone)}.")
    return told


def rough(money: Money) -> str:
    """Return `$67` of $67.31: nobody knows the cents of a forecast."""
    if abs(money.amount) < 10:
        return str(money)
    return str(Money(money.amount.quantize(Decimal(1)), money.currency)).replace(".00", "")


def _section(head: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    shown = [f"- {cut(line, LONGEST_LINE + 60)}" for line in lines[:MOST_LINES]]
    more = [f"- and {len(lines) - MOST_LINES:,} more"] if len(lines) > MOST_LINES else []
    return [head, *shown, *more]


def _budget(budget: Budget, state: State, plan: Plan, window: Window, now: datetime) -> tuple[Decimal, str]:
    span = budget.period.window(now, plan.zone)
    if span.start >= window.end:  # A new window has just begun: the last one is what there is to tell of.
        span = budget.period.window(window.end - timedelta(microseconds=1), plan.zone)
    names, series = plan.counted(budget), budget.scope.series
    total = total_of(names, state.sources, span, now, series)
    what = f"{budget_words(budget).removeprefix('the ')}, {window_words(span, plan.zone)}"
    if total.cost is None:
        return Decimal(-1), f"{what}: unknown of {budget.limit}"
    ratio = total.cost / budget.limit
    line = f"{what}: {total} of {budget.limit} ({percent(ratio)})"
    growth = growth_until_end(names, state.sources, span, now, series)
    if ratio >= 1:
        return ratio, f"{line}, used up"
    if growth is None:
        return ratio, line
    room = budget.limit.amount - total.cost.amount
    if growth >= room:
        end = (now + (span.end - now) * float(room / growth)).astimezone(plan.zone)
        return ratio, f"{line}, at this pace used up on {end:%a %d %b}"
    return ratio, f"{line}, on pace for {rough(total.cost + Money(growth, budget.limit.currency))}"


def _move(move: Move, *, several: bool) -> str:
    kinds = [kind for kind, name in zip(("model", "project", "key"), move.series, strict=True) if name is not None]
    what = f"{' / '.join(kinds)} {move.series}{f' ({move.source})' if several else ''}"
    if move.before is None:
        return f"{what}: {move.cost}, new"
    by = Money(abs(move.moved), move.cost.currency)
    return f"{what}: {move.cost}, {by} {'more' if move.moved > 0 else 'less'}"


def _source(
    name: str, source: SourceState, window: Window, zone: tzinfo, now: datetime
) -> tuple[tuple[int, Decimal, str], str]:
    """Return where a source stands in the order, and its line."""
    cost, until = cost_of(source, window, now), read_until(source, window)
    last, zero = source.health.last_success, Decimal(0)
    seen = f"last good reading {clock(last, zone)}" if last else "no good reading yet"
    trouble = f": {FAULTS[source.health.fault]}" if source.health.fault else ""
    if until is None:
        return (0, zero, name), f"{name}: unknown, {seen}{trouble}"
    if not is_whole(source, window, now):
        known = f"{cost} until {clock(until, zone)}, unknown since" if cost is not None else "unknown"
        return (1, zero, name), f"{name}: {known}{trouble}"
    polls = good_polls(source, window)
    state = f"{polls:,} good polls, {seen}{trouble}"
    if cost is None:
        return (2, zero, name), f"{name}: unknown, as no figure covers these days; {state}"
    verified = ", verified: " if polls and not cost.amount else "; "
    return (3 if trouble else 4, -cost.amount, name), f"{name}: {cost}{verified}{state}"
