"""`spend-monitor compare`: what your own last days would have cost on other models."""

import json
from argparse import Namespace
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from sqlite3 import Connection
from typing import TextIO

from monitor.core.errors import Unpriced
from monitor.core.money import Money
from monitor.core.spending.prices import Price
from monitor.core.spending.usage import Usage
from monitor.core.windows import Window
from monitor.daemon.settings import Settings
from monitor.daemon.terminal import table
from monitor.daemon.wiring import book_of
from monitor.ledger.connection import reading
from monitor.ledger.detail import by_prompt_size
from monitor.ledger.sums import Dimension, breakdown
from monitor.prices import PriceBook
from monitor.prices.providers import maker_of

# What is compared beside the models that were used: one of each price class.
USUAL = (
    "openai/gpt-4.1",
    "openai/gpt-4.1-mini",
    "openai/gpt-4o-mini",
    "anthropic/claude-sonnet-4-5",
    "anthropic/claude-haiku-4-5",
    "google/gemini-2.5-flash",
    "deepseek/deepseek-flash",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the same requests would have cost on one model; None where it has no price for them."""

    provider: str
    model: str
    cost: Money | None


def run(settings: Settings, arguments: Namespace, out: TextIO, now: datetime) -> int:
    """Print the comparison; raises LedgerError where there is no ledger.

    Requests without a price are left out, and so are those in another currency than the dearest.
    """
    window = Window(now - timedelta(days=arguments.days), now + timedelta(microseconds=1))
    with reading(settings.ledger) as connection:
        spent = [line.cost for line in breakdown(connection, window) if line.requests > line.unpriced]
        paid = spent[0] if spent else Money.zero("USD")
        wanted = [_named(name) for name in arguments.model] or _wanted(connection, window)
        choices = compare(connection, book_of(settings), window, paid.currency, wanted)
    if arguments.json:
        out.write(json.dumps(_document(window, paid, choices), indent=2) + "\n")
    else:
        _write(arguments.days, paid, choices, out)
    return 0


def compare(
    connection: Connection, book: PriceBook, window: Window, currency: str, wanted: Iterable[tuple[str, str]]
) -> tuple[Choice, ...]:
    """Return what the requests of `window` that were paid in `currency` would cost at its end, cheapest first.

    The tokens are taken as they were, those from a cache included: another model may count a few more or less.
    """
    prices = {names: _price(book, *names, window.end) for names in dict.fromkeys(wanted)}
    bounds = {tier.above_input_tokens for price in prices.values() if price for tier in price.tiers}
    classes = by_prompt_size(connection, window, tuple(bounds), currency)
    choices = [Choice(*names, None if price is None else _cost(price, classes)) for names, price in prices.items()]
    return tuple(sorted(choices, key=lambda choice: (choice.cost is None, choice.cost.amount if choice.cost else 0)))


def _cost(price: Price, classes: Iterable[tuple[int, Usage, int]]) -> Money | None:
    try:
        amounts = [_amount(price, least, usage, requests) for least, usage, requests in classes]
    except Unpriced:
        return None
    return Money(sum(amounts, Decimal(0)), price.currency)


def _amount(price: Price, least: int, usage: Usage, requests: int) -> Decimal:
    """Return the cost of many requests whose prompts all fall into one tier."""
    rates = price.rates_for(least)
    return rates.amount(usage) + rates.request * (requests - 1)


def _price(book: PriceBook, provider: str, model: str, now: datetime) -> Price | None:
    try:
        return book.price(model, now, provider)
    except Unpriced:
        return None


def _wanted(connection: Connection, window: Window) -> list[tuple[str, str]]:
    used = breakdown(connection, window, Dimension.PROVIDER, Dimension.MODEL)
    return [(line.labels[Dimension.PROVIDER], line.labels[Dimension.MODEL]) for line in used] + [
        _named(name) for name in USUAL
    ]


def _named(text: str) -> tuple[str, str]:
    """Read `provider/model`, or a model alone, whose maker is then taken."""
    provider, _, model = text.partition("/")
    return (provider, model) if model else (maker_of(text), text)


def _document(window: Window, paid: Money, choices: Iterable[Choice]) -> Mapping[str, object]:
    return {
        "from": window.start.isoformat(),
        "to": window.end.isoformat(),
        "spent": _text(paid),
        "currency": paid.currency,
        "models": [
            {
                "provider": choice.provider,
                "model": choice.model,
                "cost": None if choice.cost is None else _text(choice.cost),
                "currency": None if choice.cost is None else choice.cost.currency,
            }
            for choice in choices
        ],
    }


def _write(days: int, paid: Money, choices: Iterable[Choice], out: TextIO) -> None:
    out.write(f"The last {days} days cost {paid}. The same tokens, at the prices of now:\n\n")
    rows = [(choice.provider, choice.model, *_against(choice.cost, paid)) for choice in choices]
    out.write(table(("PROVIDER", "MODEL", "COST", "AGAINST YOURS"), rows) + "\n")


def _against(cost: Money | None, paid: Money) -> tuple[str, str]:
    if cost is None:
        return "unpriced", "-"
    comparable = cost.currency == paid.currency and paid.amount
    return str(cost), f"{cost / paid:.0%}" if comparable else "-"


def _text(money: Money) -> str:
    return f"{money.amount.normalize():f}"
