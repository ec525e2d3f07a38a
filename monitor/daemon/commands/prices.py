"""`spend-monitor prices`: what a model costs, wherever it has a price, and who says so."""

import json
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import TextIO

from monitor.core.errors import Unpriced
from monitor.core.money import Money
from monitor.core.spending.prices import Price
from monitor.core.spending.units import Unit, UnitPrice
from monitor.daemon.settings import Settings
from monitor.daemon.terminal import table
from monitor.daemon.wiring import book_of
from monitor.prices import PriceBook


def run(settings: Settings, arguments: Namespace, out: TextIO, now: datetime) -> int:
    """Print the prices of a model, or of all that the tables hold; return 1 where there is none."""
    book = book_of(settings)
    asked = list(_of_model(book, arguments.model) if arguments.model else _of_tables(book))
    found, single = list(_priced(book, asked, now)), list(_priced_singly(book, asked, now))
    if arguments.json:
        entries = [*(_entry(*priced) for priced in found), *(_single_entry(*priced) for priced in single)]
        out.write(json.dumps(entries, indent=2) + "\n")
    elif found or single:
        out.write("\n".join(_tables(found, single)))
    else:
        out.write(f"{arguments.model} has no price: name one in the file of MONITOR_PRICES\n")
    return 0 if found or single else 1


Asked = tuple[str, str]
Priced = tuple[str, str, Price]
Single = tuple[str, str, Unit, UnitPrice]


def _of_model(book: PriceBook, model: str) -> Iterator[Asked]:
    """Yield whom to ask for `gpt-4.1`: all providers; for `openai/gpt-4.1` that one."""
    named, _, rest = model.partition("/")
    for provider in book.providers():
        for name in (model, rest) if provider == named and rest else (model,):
            yield provider, name


def _of_tables(book: PriceBook) -> Iterator[Asked]:
    entries = [(provider, model) for known in book.tables() for provider, model in known.entries]
    units = [(provider, model) for known in book.tables() for provider, model, _ in known.units]
    yield from dict.fromkeys((*entries, *units))


def _priced(book: PriceBook, asked: Iterable[Asked], now: datetime) -> Iterator[Priced]:
    for provider, model in asked:
        with suppress(Unpriced):
            yield provider, model, book.price(model, now, provider)


def _priced_singly(book: PriceBook, asked: Iterable[Asked], now: datetime) -> Iterator[Single]:
    for provider, model in asked:
        for unit in Unit:
            with suppress(Unpriced):
                yield provider, model, unit, book.unit_price(model, unit, now, provider)


def _tables(found: Sequence[Priced], single: Sequence[Single]) -> Iterator[str]:
    """Yield the lines for people."""
    if found:
        head = ("PROVIDER", "MODEL", "INPUT", "CACHED", "OUTPUT", "BY")
        yield "Per million tokens.\n\n" + table(head, [_cells(*priced) for priced in found]) + "\n"
    if single:
        rows = [
            (provider, model, unit, str(Money(price.amount, price.currency)), price.origin)
            for provider, model, unit, price in single
        ]
        yield "For each single one.\n\n" + table(("PROVIDER", "MODEL", "ONE", "PRICE", "BY"), rows) + "\n"


def _single_entry(provider: str, model: str, unit: Unit, price: UnitPrice) -> Mapping[str, object]:
    return {
        "provider": provider,
        "model": model,
        "currency": price.currency,
        "unit": unit.value,
        "amount": _text(price.amount),
        "since": price.since.isoformat() if price.since else None,
        "origin": price.origin,
    }


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
