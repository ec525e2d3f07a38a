"""The sections of a digest on money, each a head and a few lines; of more lines the rest is counted."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from monitor.core.alerting.measured import budget_words
from monitor.core.budgets import Budget
from monitor.core.money import Money, percent
from monitor.core.plan import Plan
from monitor.core.rules.runway import lasts_for
from monitor.core.spending.unpriced import unpriced as without_price
from monitor.core.state import State
from monitor.core.telling.digest_figures import (
    Move,
    Total,
    growth_until_end,
    moves,
    total_of,
    used_for_nothing,
)
from monitor.core.telling.phrases import cut, some_of, window_words
from monitor.core.windows import Period, Window, span_words

MOST_LINES, LONGEST_LINE = 5, 150


def budgets(state: State, plan: Plan, window: Window, now: datetime) -> list[str]:
    """Return each budget, the fullest first: in its window of now, or in the last one where a new one has begun."""
    found = [_budget(budget, state, plan, window, now) for budget in plan.budgets if budget.period is not Period.HOUR]
    return section("Budgets:", [line for _, line in sorted(found, key=lambda item: -item[0])])


def moved(state: State, plan: Plan, window: Window, before: Window, now: datetime) -> list[str]:
    sources = {name: state.sources[name] for name, watched in plan.sources.items() if watched.counted_by is None}
    several = len(sources) > 1
    found = [move for move in moves(sources, window, before, now) if abs(move.moved) >= Decimal("0.01")]
    return section(
        f"Moved most, against {window_words(before, plan.zone)}:",
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
    return section("Balances:", [line for _, line in sorted(found)])


def unpriced(state: State, window: Window) -> list[str]:
    lines = []
    bounded = [
        f"{model} ({one} as {Money(one.at_most, source.spend.currency)})"
        for source in state.sources.values()
        for model, one in without_price(source.spend, window).items()
        if one.at_most
    ]
    if bounded:
        lines.append(cut(f"Without a price, counted as the dearest until billed: {some_of(bounded, MOST_LINES)}.", 300))
    if models := used_for_nothing(state.sources, window):
        lines.append(cut(f"Used at $0.00, so free or without a price: {some_of(models, MOST_LINES)}.", 300))
    return lines


def rough(total: Total, growth: Decimal) -> str:
    """Return what a total comes to with what it is likely to grow by: `$67`, as nobody knows a forecast's cents."""
    if total.cost is None:
        return "unknown"
    expected = Money(total.cost.amount + growth, total.cost.currency)
    if expected.amount >= 10:
        expected = Money(expected.amount.quantize(Decimal(1)), expected.currency)
    return f"{'at least ' if total.partly else ''}{expected}".replace(".00", "")


def section(head: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    shown = [f"- {cut(line, LONGEST_LINE + 60)}" for line in lines[:MOST_LINES]]
    more = [f"- and {len(lines) - MOST_LINES:,} more"] if len(lines) > MOST_LINES else []
    return [head, *shown, *more]


def _budget(budget: Budget, state: State, plan: Plan, window: Window, now: datetime) -> tuple[Decimal, str]:
    span = budget.period.window(now, plan.zone)
    if span.start >= window.end:  # A new window has just begun: the last one is what there is to tell of.
        span = budget.period.window(window.end - timedelta(microseconds=1), plan.zone)
    group = plan.group(budget)
    total = total_of(group, state.sources, span, now)
    what = f"{budget_words(budget).removeprefix('the ')}, {window_words(span, plan.zone)}"
    if total.cost is None:
        return Decimal(-1), f"{what}: unknown of {budget.limit}"
    ratio = total.cost / budget.limit
    line = f"{what}: {total} of {budget.limit} ({percent(ratio)})"
    growth = growth_until_end(group, state.sources, span, now)
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
