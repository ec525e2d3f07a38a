"""The order in which prices are asked for, and the one question: what did this request cost?"""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Self

from monitor.core.errors import Unpriced
from monitor.core.money import Money
from monitor.core.spending.prices import Price, Rates, Service, highest
from monitor.core.spending.units import Unit, UnitPrice
from monitor.core.spending.usage import Usage
from monitor.prices import catalogue
from monitor.prices.lines import is_tuned, line_of
from monitor.prices.presets import CORRECTIONS, DEAREST_UNITS, RELAYS, TOOLS
from monitor.prices.providers import provider_named
from monitor.prices.table import PriceTable

# No provider that is known takes more for tuned models, or for priority, than this many times the standard price.
DEARER = Decimal("2.5")
SHIPPED = (RELAYS, TOOLS, CORRECTIONS)
_EPOCH, _MINUTE = datetime(1970, 1, 1, tzinfo=UTC), timedelta(minutes=1)


class PriceBook:
    """The user's own prices, then the shipped tables, then the public catalogue."""

    def __init__(self, own: Sequence[PriceTable] = ()) -> None:
        self._tables = (*own, *SHIPPED)
        # Prices change on whole minutes, and a program asks for the same few of them again and again.
        self._in_force = lru_cache(maxsize=1024)(self._find)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Return the book with the prices of the file that `MONITOR_PRICES` names on top.

        Raises:
            SettingsError: that file is wrong.
        """
        named = [text.strip() for name, text in environ.items() if name.upper() == "MONITOR_PRICES" and text.strip()]
        if not named:
            return cls()
        from monitor.prices.override import read_prices  # With its parsers, which most programs never need.

        return cls([read_prices(Path(text)) for text in named])

    def price(self, model: str, at: datetime, provider: str) -> Price:
        """Return the price of a model at a provider, in force at `at` (aware).

        Raises:
            Unpriced: nobody names one.
        """
        found = self._in_force(model, provider, (at - _EPOCH) // _MINUTE)
        if found is None:
            raise Unpriced(f"{model} has no price at {provider or 'a provider that is not named'}")
        return found

    def _find(self, model: str, provider: str, minute: int) -> Price | None:
        name, folded, at = provider_named(provider), model.strip().lower(), _EPOCH + minute * _MINUTE
        for table in self._tables:
            if (found := table.find(name, folded, at)) is not None:
                return found
            if name in table.complete:
                return None
        return catalogue.find(name, folded, at)

    def cost(self, model: str, usage: Usage, at: datetime, provider: str, service: Service = Service.STANDARD) -> Money:
        """Return the exact cost of one request.

        Raises:
            Unpriced: it is not known. It is then never to be counted as zero.
        """
        return self.price(model, at, provider).cost(usage, service)

    def ceiling(self, model: str, service: Service, at: datetime, provider: str, currency: str) -> Rates | None:
        """Return the most that tokens of a model without a price cost: as much as the dearest of its line.

        That of all models where the provider has no other of that line, and `DEARER` times as much for a tuned model
        or for terms that are dearer. None where no price of it in that currency is known. The dearer rates of long
        prompts are left out.
        """
        known = [(name, price) for name, price in self._prices(provider, at) if price.currency == currency]
        line = [price.rates for name, price in known if line_of(name) == line_of(model)]
        if not line:
            return highest([price.rates for _, price in known]) if known else None
        dearer = is_tuned(model) or service in (Service.PRIORITY, Service.FAST)
        return highest(line).times(DEARER) if dearer else highest(line)

    def _prices(self, provider: str, at: datetime) -> Iterator[tuple[str, Price]]:
        name = provider_named(provider)
        for table in self._tables:
            for whose, model in table.entries:
                if whose == name and (price := table.find(name, model, at)) is not None:
                    yield model, price
        yield from catalogue.prices(name, at)

    def unit_price(self, model: str, unit: Unit, at: datetime, provider: str) -> UnitPrice:
        """Return the price of one image, search or the like; raises as `price` does."""
        name, folded = provider_named(provider), model.strip().lower()
        for table in self._tables:
            if (found := table.find_unit(name, folded, unit, at)) is not None:
                return found
        if (known := catalogue.unit_price(name, folded, unit, at)) is not None:
            return known
        raise Unpriced(f"one {unit} of {model} has no price at {provider or 'a provider that is not named'}")

    def dearest_unit(self, model: str, unit: Unit, at: datetime, provider: str, currency: str) -> Decimal | None:
        """Return what one unit without a price costs at most: what the provider's dearest model takes for it.

        None where no price of it in that currency is known.
        """
        name, folded = provider_named(provider), model.strip().lower()
        bound = DEAREST_UNITS.find_unit(name, folded, unit, at)
        own = (table.find_unit(name, one, unit, at) for table in self._tables for _, one, _ in table.units)
        listed = (bound,) if bound else (*own, *catalogue.unit_prices(name, unit, at))
        return max((price.amount for price in listed if price and price.currency == currency), default=None)

    def tables(self) -> tuple[PriceTable, ...]:
        """Return the user's own prices and the shipped ones, in the order in which they are asked."""
        return self._tables

    def providers(self) -> tuple[str, ...]:
        """Return all providers of which some price may be known, those of the tables first."""
        named = [whose for table in self._tables for whose, *_ in (*table.entries, *table.units)]
        return tuple(dict.fromkeys((*named, *catalogue.providers())))

    def load(self) -> None:
        """Load the public catalogue now, and not in the first call that needs it."""
        catalogue.load()


@cache
def _shared() -> PriceBook:
    return PriceBook.from_env()


def cost(model: str, usage: Usage, at: datetime, provider: str, service: Service = Service.STANDARD) -> Money:
    """Return what one request cost, by the price book of this process's environment; raises as `PriceBook.cost`."""
    return _shared().cost(model, usage, at, provider, service)
