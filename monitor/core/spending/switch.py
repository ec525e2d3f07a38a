"""What the same tokens would have cost on another model."""

from dataclasses import dataclass
from decimal import Decimal

from monitor.core.money import Money

# Less is not worth a person's night.
LEAST_SAVING = Decimal("0.2")


def writes_answers(model: str) -> bool:
    """Tell whether a model can stand in for others: those for embeddings, which all are named so, write nothing."""
    return "embed" not in model


@dataclass(frozen=True, slots=True)
class Switch:
    """`cost` is what the tokens of `model` did cost, `instead` what they would have cost on the model `to`."""

    model: str
    cost: Money
    to: str
    instead: Money

    @property
    def saved(self) -> Money:
        return self.cost - self.instead

    @property
    def is_worth_it(self) -> bool:
        return self.saved.amount >= self.cost.amount * LEAST_SAVING
