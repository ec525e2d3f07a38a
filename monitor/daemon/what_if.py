"""What an application's own requests would have cost on other models, by the prices of now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from sqlite3 import Connection

from monitor.core.errors import Unpriced
from monitor.core.money import Money, total
from monitor.core.spending.prices import Price
from monitor.core.spending.switch import Switch, writes_answers
from monitor.core.windows import Window
from monitor.ledger.detail import PromptClass, by_prompt_size
from monitor.ledger.sums import Dimension, Line, breakdown
from monitor.prices import PriceBook
from monitor.prices.providers import maker_of

# Provider and model.
Names = tuple[str, str]
# What is compared beside the models that were used: one of each price class.
USUAL: tuple[Names, ...] = (
    ("openai", "gpt-4.1"),
    ("openai", "gpt-4.1-mini"),
    ("openai", "gpt-4o-mini"),
    ("anthropic", "claude-sonnet-4-5"),
    ("anthropic", "claude-haiku-4-5"),
    ("google", "gemini-2.5-flash"),
    ("deepseek", "deepseek-flash"),
)
MOST_MODELS = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """What the same requests would have cost on one model; None where it has no price for them."""

    provider: str
    model: str
    cost: Money | None


def paid_in(connection: Connection, window: Window) -> Money:
    """Return what was spent, in the currency of which it was most."""
    spent = [line.cost for line in breakdown(connection, window) if line.requests > line.unpriced]
    return spent[0] if spent else Money.zero("USD")


def compare(
    connection: Connection, book: PriceBook, window: Window, currency: str, wanted: Iterable[Names]
) -> tuple[Choice, ...]:
    """Return what the requests of `window` that were paid in `currency` would cost at its end, cheapest first.

    The tokens are taken as they were, those from a cache included: another model may count a few more or less. Without
    `wanted` it is the models that were used, and the usual ones.
    """
    wanted = tuple(wanted) or [_names(line) for line in _lines(connection, window)] + list(USUAL)
    prices = {names: _price(book, *names, window) for names in dict.fromkeys(wanted)}
    classes = by_prompt_size(connection, window, _bounds(prices), currency=currency).get((), ())
    choices = [Choice(*names, None if price is None else _cost(price, classes)) for names, price in prices.items()]
    return tuple(sorted(choices, key=lambda choice: (choice.cost is None, choice.cost.amount if choice.cost else 0)))


def switches(connection: Connection, book: PriceBook, window: Window) -> tuple[Switch, ...]:
    """Return what the requests of the dearest models would have cost on others, where that is much less.

    Others are those that were used as well, and the usual ones of the same provider: no price list is read out to
    somebody who never asked. The dearest model comes first, and of each the cheapest other.
    """
    lines = [line for line in _lines(connection, window) if line.cost.amount and writes_answers(_names(line)[1])]
    used = [_names(line) for line in lines]
    dearest = [line for line in lines if line.cost.currency == lines[0].cost.currency][:MOST_MODELS]
    prices = {names: _price(book, *names, window) for names in dict.fromkeys((*used, *USUAL))}
    others = {
        _names(line): {name: price for name, price in prices.items() if name in used or name[0] == _names(line)[0]}
        for line in dearest
    }
    bounds = {bound for some in others.values() for bound in _bounds(some)}
    classes = _classes(connection, window, dearest, tuple(bounds))
    found: list[Switch] = []
    for names, some in others.items():
        found += sorted(_switches(names, classes.get(names, ()), some), key=lambda one: one.instead.amount)
    return tuple(found)


def named(text: str) -> Names:
    """Read `provider/model`, or a model alone, whose maker is then taken."""
    provider, _, model = text.partition("/")
    return (provider, model) if model else (maker_of(text), text)


def _classes(
    connection: Connection, window: Window, dearest: Sequence[Line], bounds: tuple[int, ...]
) -> Mapping[tuple[str, ...], tuple[PromptClass, ...]]:
    """Return the requests of each model; single ones are read only where the size of a prompt, or a price, matters."""
    if not dearest:
        return {}
    if not bounds and not any(line.unpriced for line in dearest):
        return {_names(line): (PromptClass(0, line.requests, line.usage, line.cost),) for line in dearest}
    return by_prompt_size(
        connection, window, bounds, Dimension.PROVIDER, Dimension.MODEL, currency=dearest[0].cost.currency
    )


def _switches(names: Names, classes: Sequence[PromptClass], others: Mapping[Names, Price | None]) -> Iterator[Switch]:
    provider, model = names
    paid = total((one.cost for one in classes), classes[0].cost.currency) if classes else None
    for (whose, name), price in others.items():
        cost = None if price is None else _cost(price, classes)
        if paid is None or cost is None or cost.currency != paid.currency or (whose, name) == names:
            continue
        switch = Switch(model, paid, name if whose == provider else f"{whose}/{name}", cost)
        if switch.is_worth_it:
            yield switch


def _lines(connection: Connection, window: Window) -> tuple[Line, ...]:
    return breakdown(connection, window, Dimension.PROVIDER, Dimension.MODEL)


def _names(line: Line) -> Names:
    return line.labels[Dimension.PROVIDER], line.labels[Dimension.MODEL]


def _bounds(prices: Mapping[Names, Price | None]) -> tuple[int, ...]:
    return tuple({tier.above_input_tokens for price in prices.values() if price for tier in price.tiers})


def _cost(price: Price, classes: Iterable[PromptClass]) -> Money | None:
    try:
        amounts = [_amount(price, one) for one in classes]
    except Unpriced:
        return None
    return Money(sum(amounts, Decimal(0)), price.currency)


def _amount(price: Price, one: PromptClass) -> Decimal:
    """Return the cost of many requests whose prompts all fall into one tier."""
    rates = price.rates_for(one.least)
    return rates.amount(one.usage) + rates.request * (one.requests - 1)


def _price(book: PriceBook, provider: str, model: str, window: Window) -> Price | None:
    try:
        return book.price(model, window.end, provider)
    except Unpriced:
        return None
