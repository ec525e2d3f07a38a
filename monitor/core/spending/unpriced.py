"""What nobody has a price for: counted, never taken for nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from monitor.core.spending.readings import Series
from monitor.core.spending.spend import Spend
from monitor.core.windows import Window


@dataclass(frozen=True, slots=True)
class Unpriced:
    """How much of a model has no price, and what is counted for the model in the hours or days with such.

    `units` are images, seconds and what else is not paid by the token.
    """

    tokens: int
    at_most: Decimal
    units: int = 0

    def __str__(self) -> str:
        """Return how much, for people: `1,200 tokens`, `3 units`."""
        told = ((self.tokens, "tokens"), (self.units, "units"))
        return " and ".join(f"{count:,} {what}" for count, what in told if count)


def unpriced(spend: Spend, window: Window) -> Mapping[str, Unpriced]:
    """Return the models of which something without a price was used inside the window, the dearest first."""
    found = {}
    for series, readings in spend.grouped.estimates.items():
        if series.model is None:
            continue
        without = [one for one in readings if one.is_partly_unpriced and one.span.overlap(window)]
        if without:
            tokens, units = sum(one.unpriced_tokens for one in without), sum(one.unpriced_units for one in without)
            found[series.model] = Unpriced(tokens, sum((one.cost.amount for one in without), Decimal(0)), units)
    return dict(sorted(found.items(), key=lambda item: (-item[1].at_most, item[0])))


def guessed(spend: Spend, window: Window, series: Series) -> Mapping[str, Decimal]:
    """Return by model how much of what counts inside the window is only the most it can be: no bill is final yet."""
    begin = max(window.start, spend.settled_until or window.start)
    if begin >= window.end or series.project is not None or series.key is not None:
        return {}
    found = unpriced(spend, Window(begin, window.end))
    return {model: one.at_most for model, one in found.items() if series.model in (None, model) and one.at_most}
