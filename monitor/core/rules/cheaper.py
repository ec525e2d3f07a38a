"""What a cheaper model would save: from the account's own figures only, never from a price list."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from monitor.core.money import Money
from monitor.core.spending.readings import Reading
from monitor.core.spending.switch import Switch, writes_answers
from monitor.core.windows import DAY, FOREVER, WEEK, Window, share

# A model with less of the tokens than this has no rate of its own yet.
LEAST_TOKENS = Decimal("0.01")
WHOLE_DOLLARS_FROM = 10


@dataclass(frozen=True, slots=True)
class _Use:
    cost: Decimal = Decimal(0)
    tokens: int = 0

    @property
    def rate(self) -> Decimal:
        return self.cost / self.tokens


def cheaper_model(readings: Iterable[Reading], window: Window, currency: str, now: datetime) -> str | None:
    """Return what a week would save if the account's cheapest model did what its dearest does; None if not much."""
    seen = _fullest_view(readings, window)
    rated = _rated(seen)
    dearest = next(iter(rated), None)
    best = next((switch for switch in _switches(rated, currency) if switch.model == dearest), None)
    if best is None:
        return None
    part = best.cost.amount / sum(reading.cost.amount for reading in seen)
    # The volume of a day that has just begun says little of a week: such a day counts as whole.
    elapsed = max(min(now, window.end) - min(reading.span.start for reading in seen), DAY)
    a_week = _rounded(Money(best.saved.amount * share(WEEK, elapsed), currency))
    return f"Moving the {part:.0%} of spend on {best.model} to {best.to} would save {a_week} a week at this volume."


def switches(readings: Iterable[Reading], window: Window, currency: str) -> tuple[Switch, ...]:
    """Return what each model's tokens would have cost at the account's own rates of others, where that is much less.

    The dearest model comes first, and of each the cheapest other. A rate is over all tokens, of prompts and answers.
    """
    return tuple(_switches(_rated(_fullest_view(readings, window)), currency))


def _switches(rated: Mapping[str, _Use], currency: str) -> Iterator[Switch]:
    cheapest = sorted(rated, key=lambda model: rated[model].rate)
    for model, use in rated.items():
        cost = Money(use.cost, currency)
        for to in cheapest:
            switch = Switch(model, cost, to, Money(rated[to].rate * use.tokens, currency))
            if switch.is_worth_it:
                yield switch


def _rated(seen: Iterable[Reading]) -> Mapping[str, _Use]:
    """Return the models that have a rate, the dearest first."""
    uses = _by_model(seen)
    tokens = sum(use.tokens for use in uses.values())
    rated = {model: use for model, use in uses.items() if use.tokens > tokens * LEAST_TOKENS and use.cost > 0}
    return dict(sorted(rated.items(), key=lambda item: (-item[1].cost, item[0])))


def _fullest_view(readings: Iterable[Reading], window: Window) -> list[Reading]:
    """Return the readings of models in the window, of those that say the same money twice only the fullest.

    A month and its days do, and so do a breakdown by model and one by model and key.
    """
    views: dict[tuple[int, tuple[bool, ...]], list[Reading]] = {}
    for reading in readings:
        if reading.model and window.encloses(reading.span) and reading.span != FOREVER:
            view = (round(reading.span.length / DAY), reading.series.dimensions)
            views.setdefault(view, []).append(reading)
    return max(views.values(), key=lambda view: sum(reading.cost.amount for reading in view), default=[])


def _by_model(readings: Iterable[Reading]) -> Mapping[str, _Use]:
    uses: dict[str, _Use] = {}
    for reading in readings:
        if reading.model and reading.tokens and writes_answers(reading.model):
            known = uses.get(reading.model, _Use())
            uses[reading.model] = _Use(known.cost + reading.cost.amount, known.tokens + reading.tokens)
    return uses


def _rounded(money: Money) -> str:
    """Return an estimate for people: nobody knows its cents."""
    return str(money) if money.amount < WHOLE_DOLLARS_FROM else str(money).split(".")[0]
