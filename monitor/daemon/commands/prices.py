"""`spend-monitor prices`: what a model costs, wherever it has a price, and who says so."""

import json
from argparse import Namespace
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TextIO

from monitor.core.errors import Unpriced
from monitor.core.money import Money
from monitor.core.spending.prices import Price
from monitor.daemon.settings import Settings
from monitor.daemon.terminal import table
from monitor.daemon.wiring import book_of
from monitor.prices import PriceBook


def run(settings: Settings, arguments: Namespace, out: TextIO, now: datetime) -> int:
    """Print the prices of a model, or of all that the tables hold; return 1 where there is none."""
    found = list(
        _of_model(book_of(settings), arguments.model, now) if arguments.model else _of_tables(book_of(settings), now)
    )
    if arguments.json:
        out.write(json.dumps([_entry(*priced) for priced in found], indent=2) + "\n")
    elif found:
        head = ("PROVIDER", "MODEL", "INPUT", "CACHED", "OUTPUT", "BY")
        out.write("Per million tokens.\n\n" + table(head, [_cells(*priced) for priced in found]) + "\n")
    else:
        out.write(f"{arguments.model} has no price: name one in the file of MONITOR_PRICES\n")
    return 0 if found else 1


Priced = tuple[str, str, Price]


def _of_model(book: PriceBook, model: str, now: datetime) -> Iterator[Priced]:
    """Yield the prices of `gpt-4.1` at all providers, or of `openai/gpt-4.1` at that one."""
    named, _, rest = model.partition("/")
    for provider in book.providers():
        for name in (model, rest) if provider == named and rest else (model,):
            try:
                yield provider, name, book.price(name, now, provider)
            except Unpriced:
                continue


def _of_tables(book: PriceBook, now: datetime) -> Iterator[Priced]:
    seen = set()
    for known in book.tables():
        for provider, model in known.entries:
            price = known.find(provider, model, now)
            if price is not None and (provider, model) not in seen:
                seen.add((provider, model))
                yield provider, model, price


def _entry(provider: str, model: str, price: Price) -> Mapping[str, object]:
    rates = price.rates
    return {
        "provider": provider,
        "model": model,
        "currency": price.currency,
        "input": _text(rates.input),
        "output": _text(rates.output),
        "cache_read": _text(rates.cache_read),
        "cache_write_5m": _text(rates.cache_write_5m),
        "cache_write_1h": _text(rates.cache_write_1h),
        "tiers": [
            {
                "above_input_tokens": tier.above_input_tokens,
                "input": _text(tier.rates.input),
                "output": _text(tier.rates.output),
            }
            for tier in price.tiers
        ],
        "services": sorted(price.services),
        "since": price.since.isoformat() if price.since else None,
        "origin": price.origin,
    }


def _cells(provider: str, model: str, price: Price) -> tuple[str, ...]:
    rates = (price.rates.input, price.rates.cache_read, price.rates.output)
    return (
        provider,
        model,
        *("-" if rate is None else str(Money(rate, price.currency)) for rate in rates),
        price.origin + "".join(f"; dearer above {tier.above_input_tokens:,}" for tier in price.tiers),
    )


def _text(rate: Decimal | None) -> str | None:
    return None if rate is None else f"{rate.normalize():f}"
