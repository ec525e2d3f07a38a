"""Prices by provider and model, each with the day from which it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from monitor.core.spending.prices import Price
from monitor.core.spending.units import Unit, UnitPrice

ANY_MODEL = "*"
Dated = TypeVar("Dated", Price, UnitPrice)


@dataclass(frozen=True, slots=True)
class PriceTable:
    """`entries` has the prices of (provider, model in lower case), oldest first, each since a whole minute.

    The model `*` stands for all others. `units` has what is paid beside tokens, in the same way. `complete` are the
    providers of which it holds all that is known: nobody else is asked for their prices.
    """

    entries: Mapping[tuple[str, str], Sequence[Price]]
    complete: frozenset[str] = frozenset()
    units: Mapping[tuple[str, str, Unit], Sequence[UnitPrice]] = field(default_factory=dict)

    def find(self, provider: str, model: str, at: datetime) -> Price | None:
        """Return the price that is in force at `at`; None where there is none."""
        return _in_force(self.entries.get((provider, model)) or self.entries.get((provider, ANY_MODEL), ()), at)

    def find_unit(self, provider: str, model: str, unit: Unit, at: datetime) -> UnitPrice | None:
        """Return the price of a unit that is in force at `at`; None where there is none."""
        named = self.units.get((provider, model, unit)) or self.units.get((provider, ANY_MODEL, unit), ())
        return _in_force(named, at)


def _in_force(dated: Sequence[Dated], at: datetime) -> Dated | None:
    in_force = [price for price in dated if price.since is None or price.since <= at]
    return in_force[-1] if in_force else None
