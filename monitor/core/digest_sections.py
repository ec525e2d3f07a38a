"""The sections of a digest, each a head and a few lines; of more lines the rest is counted."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from monitor.core.alerts import Alert
from monitor.core.budgets import Budget
from monitor.core.digest_figures import (
    Move,
    Total,
    cost_of,
    good_polls,
    growth_until_end,
    is_whole,
    moves,
    read_until,
    total_of,
    without_price,
)
from monitor.core.episodes import Episode
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
_WINDOW_OF_KEY = re.compile(r":[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]+Z$")
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


def moved(state: State, window: Window, before: Window, zone: tzinfo, now: datetime) -> list[str]:
    several = len(state.sources) > 1
    found = [move for move in moves(state.sources, window, before, now) if abs(move.moved) >= Decimal("0.01")]
    return _section(
        f"Moved most, against {window_words(before, zone)}:",
        [_move(move, several=several) for move in found[:MOST_LINES]],
    )


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


def alerts(state: State, window: Window, zone: tzinfo, now: datetime) -> list[str]:
    """Return what has fired within the days, and what fires now, the worst first; of one kind the worst."""
    firing = {(a.key, a.since): a for a in state.alerts.values() if a.firing and not _is_past(a, now)}
    audible = unexplained(state.alerts)
    began = [episode for episode in state.episodes if episode.since in window]
    kinds: dict[str, list[Episode]] = {}
    for (key, since), alert in firing.items():
        if key in audible:
            kinds.setdefault(_kind(key), []).append(Episode(key, since, alert.severity, alert.summary))
    for past in began:
        if (past.key, past.since) not in firing:
            kinds.setdefault(_kind(past.key), []).append(past)
    if not kinds:
        return ["Alerts: none."]
    worst = [(max(times, key=lambda time: (time.severity, time.since)), len(times)) for times in kinds.values()]
    worst.sort(key=lambda item: (-item[0].severity, (item[0].key, item[0].since) not in firing, item[0].since))
    lines = [_episode(time, count, zone, fires=(time.key, time.since) in firing) for time, count in worst]
    still = sum(key in audible for key, _ in firing)
    return _section(f"Alerts: {len(began):,} fired, {still or 'none'} still firing.", lines)


def health(state: State, window: Window, zone: tzinfo, now: datetime) -> list[str]:
    """Return how well each source could be read, the worst first."""
    lines = sorted(_source(name, source, window, zone, now) for name, source in state.sources.items())
    told = _section("Sources:", [line for _, line in lines])
    if state.saving.failing_since is not None:
        told.append(f"The state folder cannot be written since {clock(state.saving.failing_since, zone)}.")
    return told


def rough(total: Total, growth: Decimal) -> str:
    """Return what a total comes to with what it is likely to grow by: `$67`, as nobody knows a forecast's cents."""
    if total.cost is None:
        return "unknown"
    expected = Money(total.cost.amount + growth, total.cost.currency)
    if expected.amount >= 10:
        expected = Money(expected.amount.quantize(Decimal(1)), expected.currency)
    return f"{'at least ' if total.partly else ''}{expected}".replace(".00", "")


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
    return ratio, f"{line}, on pace for {rough(total, growth)}"


def _move(move: Move, *, several: bool) -> str:
    kinds = [kind for kind, name in zip(("model", "project", "key"), move.series, strict=True) if name is not None]
    what = f"{' / '.join(kinds)} {move.series}{f' ({move.source})' if several else ''}"
    if move.before is None:
        return f"{what}: {move.cost}, new"
    by = Money(abs(move.moved), move.cost.currency)
    return f"{what}: {move.cost}, {by} {'more' if move.moved > 0 else 'less'}"


def _is_past(alert: Alert, now: datetime) -> bool:
    return alert.window is not None and alert.window.end <= now


def _kind(key: str) -> str:
    """Return the key of an alert without its window: a daily budget that was passed each day is one matter."""
    return _WINDOW_OF_KEY.sub("", key)


def _episode(time: Episode, count: int, zone: tzinfo, *, fires: bool) -> str:
    if fires:
        ended = "still firing"
    else:
        ended = f"for {lasted(time.ended - time.since)}" if time.ended else "until its window ended"
    times = f" ({count:,} times)" if count > 1 else ""
    return f"[{time.severity.name}] {cut(time.summary, LONGEST_LINE)}, {clock(time.since, zone)}, {ended}{times}"


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
