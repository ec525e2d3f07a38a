"""What the page sums up over all sources, found once after each poll of one of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import get_args

from monitor.core.budgets import EVERYTHING
from monitor.core.money import Money
from monitor.core.plan import Group, Plan
from monitor.core.rules.cheaper import switches
from monitor.core.spending.readings import Dimension
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.spending.switch import Switch
from monitor.core.telling.digest_figures import Total, growth_until_end, purses, total_of
from monitor.core.windows import Period, Window


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one source, this month: what it cost, what it may still cost, by what, and what else could have done it."""

    total: Total
    growth: Decimal | None
    shares: Mapping[Dimension, tuple[tuple[str, Money], ...]]
    switches: tuple[Switch, ...]


def facts_of(name: str, source: SourceState, plan: Plan, now: datetime) -> Facts:
    month = Period.MONTH.window(now, plan.zone)
    alone = Group(EVERYTHING, source.spend.currency, (name,), (), {name: Decimal(1)})
    return Facts(
        total_of(alone, {name: source}, month, now),
        growth_until_end(alone, {name: source}, month, now),
        {dimension: _shares(source.spend, dimension, month, now) for dimension in get_args(Dimension)},
        switches(source.spend.readings, month, source.spend.currency),
    )


def _shares(spend: Spend, dimension: Dimension, month: Window, now: datetime) -> tuple[tuple[str, Money], ...]:
    return tuple((spend.names.name(one), cost) for one, cost in spend.by(dimension, month, now).items())


def worth(plan: Plan) -> Mapping[str, tuple[str, Decimal]]:
    """Return the currency in which a source is compared with others, and what one unit of its own is worth in it."""
    found = {name: (group.currency, factor) for group in purses(plan) for name, factor in group.factors.items()}
    return {name: found.get(name, (watched.currency, Decimal(1))) for name, watched in plan.sources.items()}


def together(group: Group, facts: Mapping[str, Facts]) -> tuple[Total, Money | None]:
    """Return what the sources of the group cost together, and will have at the month's end where that can be said."""
    cost: Decimal | None = None
    growth: Decimal | None = None
    partly = False
    for name, factor in group.factors.items():
        known = facts[name]
        if known.total.cost is not None:
            cost = (cost or Decimal(0)) + known.total.cost.amount * factor
        if known.growth is not None:
            growth = (growth or Decimal(0)) + known.growth * factor
        partly = partly or known.total.partly or known.total.cost is None
    total = Total(None if cost is None else Money(cost, group.currency), partly)
    return total, None if cost is None or growth is None else Money(cost + growth, group.currency)
