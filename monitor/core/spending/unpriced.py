"""Tokens that nobody has a price for: counted, never taken for nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from monitor.core.spending.readings import Series
from monitor.core.spending.spend import Spend
from monitor.core.windows import Window


@dataclass(frozen=True, slots=True)
class Unpriced:
    """How many tokens of a model have no price, and what is counted for the model in the hours or days with such."""

    tokens: int
    at_most: Decimal


def unpriced(spend: Spend, window: Window) -> Mapping[str, Unpriced]:
    """Return the models that used tokens without a price inside the window, those that may cost most first."""
    found = {}
    for series, readings in spend.grouped.estimates.items():
        without = [one for one in readings if one.unpriced_tokens and one.span.overlap(window)] if series.model else []
        if series.model is not None and without:
            tokens = sum(one.unpriced_tokens for one in without)
            found[series.model] = Unpriced(tokens, sum((one.cost.amount for one in without), Decimal(0)))
    return dict(sorted(found.items(), key=lambda item: (-item[1].at_most, item[0])))


def guessed(spend: Spend, window: Window, series: Series) -> Mapping[str, Decimal]:
    """Return by model how much of what counts inside the window is only the most it can be: no bill is final yet."""
    begin = max(window.start, spend.settled_until or window.start)
    if begin >= window.end or series.project is not None or series.key is not None:
        return {}
    found = unpriced(spend, Window(begin, window.end))
    return {model: one.at_most for model, one in found.items() if series.model in (None, model) and one.at_most}
