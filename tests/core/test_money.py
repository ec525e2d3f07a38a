"""Money is exact, keeps its currency and reads well."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.money import Money, percent


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100", Money(Decimal(100), "USD")),
        ("99.50", Money(Decimal("99.50"), "USD")),
        ("700 CNY", Money(Decimal(700), "CNY")),
        ("700cny", Money(Decimal(700), "CNY")),
    ],
)
def test_an_amount_is_read_with_its_currency(text: str, expected: Money) -> None:
    assert expected == Money.parse(text)


@pytest.mark.parametrize("text", ["", "-5", "1e9", "NaN", "$5", "5 dollars", "1,000", "1000000000000"])
def test_anything_else_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        Money.parse(text)


def test_two_currencies_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        Money(Decimal(1), "USD") + Money(Decimal(1), "CNY")


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("75.5", "USD", "$75.50"),
        ("1234567.891", "USD", "$1,234,567.89"),
        ("700", "CNY", "¥700.00"),
        ("-3", "USD", "-$3.00"),
        ("0.000123", "USD", "$0.00012"),
        ("0", "USD", "$0.00"),
        ("5", "XTS", "5.00 XTS"),
    ],
)
def test_amounts_read_well(amount: str, currency: str, shown: str) -> None:
    assert shown == str(Money(Decimal(amount), currency))


@pytest.mark.parametrize(("ratio", "shown"), [("0.755", "75.5%"), ("0.7", "70%"), ("0.9999", "99.9%"), ("12", "1200%")])
def test_a_share_is_never_rounded_up(ratio: str, shown: str) -> None:
    assert shown == percent(Decimal(ratio))


@given(st.lists(st.decimals(min_value=0, max_value=10**9, places=9)))
def test_a_sum_of_amounts_is_exact(amounts: list[Decimal]) -> None:
    summed = Money.zero("USD")
    for amount in amounts:
        summed += Money(amount, "USD")

    nanos = sum(int(amount.scaleb(9)) for amount in amounts)
    assert nanos == int(summed.amount.scaleb(9))
