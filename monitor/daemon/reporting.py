"""What an application's requests cost, told apart by one thing: from the ledger to the rows of a report."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from sqlite3 import Connection

from monitor.core.errors import Unpriced
from monitor.core.money import Money
from monitor.core.spending.prices import Rates
from monitor.core.spending.usage import Usage
from monitor.core.windows import Period, Window
from monitor.ledger.detail import Repeats, repeats, slowest
from monitor.ledger.sums import Dimension, Line, breakdown
from monitor.prices import PriceBook


class By(StrEnum):
    """What a report tells apart."""

    DAY = "day"
    MODEL = "model"
    PROJECT = "project"
    KEY = "key"
    USER = "user"
    TAG = "tag"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Row:
    """The requests of one label in one currency. `cost` None: not one of them has a price.

    `cached_saving` is what reading from the provider's cache saved, less what writing to it cost more, at the prices of
    now and as far as they are known. `latency` and `slowest` (95 of 100 are no slower) are None where nobody
    measured, or the single requests are no longer kept.
    """

    label: str
    currency: str
    requests: int
    errors: int
    unpriced: int
    estimated: int
    usage: Usage
    cost: Money | None
    latency: timedelta | None
    slowest: timedelta | None
    cached_saving: Money | None
    repeats: Repeats


@dataclass(frozen=True, slots=True)
class Report:
    """`rows` in order of the days, else dearest first; `totals` has one row for each currency, dearest first.

    `before` are the totals of the span of the same length just before, as far as it is over now.
    """

    by: By
    window: Window
    rows: tuple[Row, ...]
    totals: tuple[Row, ...]
    before: tuple[Row, ...]


def report(connection: Connection, book: PriceBook, by: By, days: int, zone: tzinfo, now: datetime) -> Report:
    """Return the report on the last `days` days of `zone`, today included as far as it has gone."""
    first = (now.astimezone(zone) - timedelta(days=days - 1)).date()
    start = Period.DAY.window(datetime(first.year, first.month, first.day, 12, tzinfo=zone), zone).start
    window = Window(start, now + timedelta(microseconds=1))
    length = timedelta(days=days)
    before = Window(window.start - length, window.end - length)
    rows = _by_day(connection, book, window, zone) if by is By.DAY else _rows(connection, book, window, Dimension(by))
    totals, former = _rows(connection, book, window), _rows(connection, book, before)
    return Report(by, window, tuple(rows), tuple(totals), tuple(former))


def _by_day(connection: Connection, book: PriceBook, window: Window, zone: tzinfo) -> Iterator[Row]:
    day = Period.DAY.window(window.start, zone)
    while day.start < window.end:
        inside = day.overlap(window)
        if inside is not None:
            for row in _rows(connection, book, inside):
                yield replace(row, label=day.start.astimezone(zone).date().isoformat())
        day = Period.DAY.window(day.end, zone)


def _rows(connection: Connection, book: PriceBook, window: Window, *by: Dimension) -> Iterator[Row]:
    late = slowest(connection, window, *by)
    again = repeats(connection, window, *by)
    parts: dict[tuple[str, ...], list[Line]] = {}
    for part in breakdown(connection, window, *by, Dimension.PROVIDER, Dimension.MODEL):
        parts.setdefault((*(part.labels[dimension] for dimension in by), part.cost.currency), []).append(part)
    for line in breakdown(connection, window, *by):
        labels = tuple(line.labels.values())
        currency = line.cost.currency
        yield Row(
            label=" / ".join(labels),
            currency=currency,
            requests=line.requests,
            errors=line.errors,
            unpriced=line.unpriced,
            estimated=line.estimated,
            usage=line.usage,
            cost=None if line.unpriced == line.requests else line.cost,
            latency=line.latency / line.timed if line.timed else None,
            slowest=late.get((*labels, currency)),
            cached_saving=_saving(parts[(*labels, currency)], book, window.end, currency),
            repeats=again.get((*labels, currency), Repeats(0, 0, Money.zero(currency))),
        )


def _saving(parts: Iterable[Line], book: PriceBook, at: datetime, currency: str) -> Money | None:
    """Return what is known to have been saved; None where no price is known at all."""
    saved = Decimal(0)
    known = 0
    for part in parts:
        try:
            price = book.price(part.labels[Dimension.MODEL], at, part.labels[Dimension.PROVIDER])
            if price.currency == currency:
                saved += saving(price.rates, part.usage)
                known += 1
        except Unpriced:
            continue
    return Money(saved, currency) if known else None


def saving(rates: Rates, usage: Usage) -> Decimal:
    """Return by how much the prompts cost less than without a cache, at the rates of an ordinary prompt's size.

    Raises:
        Unpriced: it has tokens of a kind that has no rate.
    """
    prompt, of_tokens = replace(usage, output_tokens=0, reasoning_tokens=0), replace(rates, request=Decimal(0))
    return of_tokens.amount(Usage(usage.input_tokens)) - of_tokens.amount(prompt)
