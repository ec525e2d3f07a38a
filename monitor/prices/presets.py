"""Tables that are shipped: relays with prices of their own, and corrections of stale prices in the catalogue."""

from datetime import UTC, datetime
from decimal import Decimal

from monitor.core.prices import Price, Rates
from monitor.prices.table import PriceTable

# Dollars per million output tokens, as a tutorial of 2026 for that relay has them; its input is a third of its output.
_HOLYSHEEP = {
    "gpt-4.1": "8.00",
    "claude-sonnet-4.5": "15.00",
    "gemini-2.5-flash": "2.50",
    "deepseek-v3.2": "0.42",
    "gpt-4o": "6.00",
    "gpt-4o-mini": "0.30",
}


def _relay(output: str) -> tuple[Price, ...]:
    dollars = Decimal(output)
    return (
        Price(Rates(input=dollars / 3, output=dollars), origin="preset holysheep: input assumed a third of output"),
    )


PRESETS = {"holysheep": {model: _relay(output) for model, output in _HOLYSHEEP.items()}}

RELAYS = PriceTable(
    {(name, model): prices for name, models in PRESETS.items() for model, prices in models.items()},
    complete=frozenset(PRESETS),
)

_DEEPSEEK = "https://api-docs.deepseek.com/quick_start/pricing"
_DEEPSEEK_V3_2 = (
    Price(
        Rates(input=Decimal("0.28"), output=Decimal("0.42"), cache_read=Decimal("0.028")),
        since=datetime(2025, 9, 29, tzinfo=UTC),
        origin=_DEEPSEEK,
    ),
)
CORRECTIONS = PriceTable(
    {("deepseek", "deepseek-chat"): _DEEPSEEK_V3_2, ("deepseek", "deepseek-reasoner"): _DEEPSEEK_V3_2}
)
