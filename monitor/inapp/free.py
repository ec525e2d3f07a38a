"""Which models cost nothing, whatever they are asked."""

from datetime import datetime
from typing import TYPE_CHECKING

from monitor.core.errors import MonitorError

if TYPE_CHECKING:
    from monitor.prices.book import PriceBook

_MOST_KNOWN = 1_000


class Free:
    """Asks the prices once for each model, and only where the caller names no estimate."""

    def __init__(self, prices: "PriceBook | None") -> None:
        self._prices = prices
        self._known: dict[tuple[str, str], bool] = {}

    def includes(self, provider: str, model: str, at: datetime) -> bool:
        """Tell whether this is known to cost nothing. A model without a price may cost anything."""
        if self._prices is None or not model:
            return False
        known = self._known.get((provider, model))
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[provider, model] = self._look_up(self._prices, provider, model, at)
        return known

    def _look_up(self, prices: "PriceBook", provider: str, model: str, at: datetime) -> bool:
        from monitor.prices.providers import maker_of

        try:
            price = prices.price(model, at, provider or maker_of(model))
        except MonitorError:
            return False
        rates = (price.rates, *(tier.rates for tier in price.tiers))
        return all(rate.input == 0 and rate.output == 0 for rate in rates)
