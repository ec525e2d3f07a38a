"""An amount and its currency: never a float, never summed over currencies."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Self

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "¥"}
# No account spends a trillion: such a figure is a broken answer, and would poison every sum after it.
BEYOND_SENSE = Decimal(10) ** 12
# A customer's program may have set a coarse decimal context. This one holds any sum of tokens times rates.
EXACT = Context(prec=60)
# Whole nano-units are what a database adds up exactly; a thousandth of them is lost in any bill.
NANO = 9
_TEXT = re.compile(r"(?P<amount>[0-9]+(?:\.[0-9]+)?)\s*(?P<currency>[A-Za-z]{3})?")


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in the unit that `currency` (ISO 4217, upper case) names: dollars, not cents."""

    amount: Decimal
    currency: str

    @classmethod
    def parse(cls, text: str, default_currency: str = "USD") -> Self:
        """Read `100`, `99.50` or `700 CNY`.

        Raises:
            ValueError: anything else, a negative amount, or one beyond any sense.
        """
        match = _TEXT.fullmatch(text.strip())
        if match is None:
            raise ValueError("is not an amount of money: write it as 100, 99.50 or '700 CNY'")
        amount = Decimal(match["amount"])
        if amount >= BEYOND_SENSE:
            raise ValueError("is an amount beyond any sense")
        return cls(amount, (match["currency"] or default_currency).upper())

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(Decimal(0), currency)

    @classmethod
    def of_nano(cls, nano: int, currency: str) -> Self:
        """Return `nano` billionths of the unit."""
        return cls(Decimal(nano).scaleb(-NANO, EXACT), currency)

    @property
    def nano(self) -> int:
        """The amount in billionths of the unit."""
        return to_nano(self.amount)

    def __add__(self, other: Self) -> Self:
        self._same_currency(other)
        return type(self)(self.amount + other.amount, self.currency)

    def __sub__(self, other: Self) -> Self:
        self._same_currency(other)
        return type(self)(self.amount - other.amount, self.currency)

    def __mul__(self, factor: Decimal) -> Self:
        return type(self)(self.amount * factor, self.currency)

    def __truediv__(self, other: Self) -> Decimal:
        self._same_currency(other)
        return self.amount / other.amount

    def _same_currency(self, other: Self) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")

    def __str__(self) -> str:
        """Return it for people: `$75.50`, `¥700.00`, `0.0004 XTS`; small amounts keep their first digits."""
        size = abs(self.amount)
        places = Decimal("0.01") if size >= Decimal("0.01") or not size else Decimal(1).scaleb(size.adjusted() - 1)
        digits = f"{size.quantize(places):,f}"
        sign = "-" if self.amount < 0 else ""
        prefix = SIGNS.get(self.currency)
        return f"{sign}{prefix}{digits}" if prefix else f"{sign}{digits} {self.currency}"


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Return the sum of amounts that are all in `currency`; zero of it where there are none."""
    return Money(sum((money.amount for money in amounts), Decimal(0)), currency)


def to_nano(amount: Decimal) -> int:
    """Return billionths of it, rounded half to even: the only place where money is rounded."""
    return int(amount.scaleb(NANO, EXACT).to_integral_value(ROUND_HALF_EVEN))


def percent(ratio: Decimal) -> str:
    """Return `75.5%` of 0.755; whole numbers go without a decimal place, and 99.96 never reads 100."""
    shown = (ratio * 100).quantize(Decimal("0.1"), rounding="ROUND_FLOOR")
    return f"{shown.normalize():f}%"
