"""Prices by provider and model, each with the day from which it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.core.spending.prices import Price

ANY_MODEL = "*"


@dataclass(frozen=True, slots=True)
class PriceTable:
    """`entries` has the prices of (provider, model in lower case), oldest first; the model `*` stands for all others.

    `complete` are the providers of which it holds all that is known: nobody else is asked for their prices.
    """

    entries: Mapping[tuple[str, str], Sequence[Price]]
    complete: frozenset[str] = frozenset()

    def find(self, provider: str, model: str, at: datetime) -> Price | None:
        """Return the price that is in force at `at`; None where there is none."""
        dated = self.entries.get((provider, model)) or self.entries.get((provider, ANY_MODEL), ())
        in_force = [price for price in dated if price.since is None or price.since <= at]
        return in_force[-1] if in_force else None
