"""What a cheaper model would have saved: from the account's own figures only, never from a price list."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from monitor.core.money import Money
from monitor.core.readings import Reading
from monitor.core.windows import Window

# A model with less of the tokens than this has no rate of its own yet.
LEAST_TOKENS = Decimal("0.01")
# Less is not worth a person's night.
LEAST_SAVING = Decimal("0.2")


@dataclass(frozen=True, slots=True)
class _Use:
    cost: Decimal = Decimal(0)
    tokens: int = 0

    @property
    def rate(self) -> Decimal:
        return self.cost / self.tokens


def cheaper_model(readings: Iterable[Reading], window: Window, currency: str) -> str | None:
    """Return what the dearest model's tokens would have cost on the account's cheapest; None if not much less."""
    uses: dict[str, _Use] = {}
    for reading in readings:
        if reading.model and reading.tokens and window.encloses(reading.span):
            known = uses.get(reading.model, _Use())
            uses[reading.model] = _Use(known.cost + reading.cost.amount, known.tokens + reading.tokens)
    tokens = sum(use.tokens for use in uses.values())
    rated = {model: use for model, use in uses.items() if use.tokens >= tokens * LEAST_TOKENS and use.cost > 0}
    if len(rated) < 2:
        return None
    dearest = max(rated, key=lambda model: (rated[model].cost, model))
    cheapest = min(rated, key=lambda model: (rated[model].rate, model))
    instead = rated[cheapest].rate * rated[dearest].tokens
    if instead > rated[dearest].cost * (1 - LEAST_SAVING):
        return None
    paid, less = Money(rated[dearest].cost, currency), Money(instead, currency)
    return f"What {dearest} did for {paid} would have cost {less} on {cheapest}, at your own rates."
