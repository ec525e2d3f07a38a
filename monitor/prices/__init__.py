"""The one price book: the user's own prices, tables of relays, then the catalogue of all providers."""

from monitor.prices.book import PriceBook, cost

__all__ = ["PriceBook", "cost"]
