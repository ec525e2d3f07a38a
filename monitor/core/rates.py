"""What one currency is worth in another, as the user says: nobody is asked for it over the network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from monitor.core.money import Money


@dataclass(frozen=True, slots=True)
class Rates:
    """`worth` is of one unit of each currency: `{"CNY": $0.139}`. `as_of` is the day that they are of."""

    worth: Mapping[str, Money] = field(default_factory=dict)
    as_of: date | None = None

    def factor(self, source: str, target: str) -> Decimal | None:
        """Return what amounts in `source` are multiplied by to be in `target`; None where no rate connects the two."""
        if source == target:
            return Decimal(1)
        here, there = self.worth.get(source), self.worth.get(target)
        if here is not None and here.currency == target:
            return here.amount
        if there is not None and there.currency == source:
            return 1 / there.amount
        if here is not None and there is not None and here.currency == there.currency:
            return here.amount / there.amount
        return None

    def words(self, source: str, target: str) -> str:
        """Return the rate for people: `1 CNY counts as 0.139 USD (rate of 2026-11-01)`."""
        day = f" (rate of {self.as_of})" if self.as_of else ""
        factor = round(self.factor(source, target) or Decimal(0), 6).normalize()
        return f"1 {source} counts as {factor:f} {target}{day}"
