from dataclasses import replace
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import Unpriced
from monitor.core.money import Money
from monitor.core.spending.prices import Price, Rates, Service, Tier
from monitor.core.spending.usage import NOTHING, Usage
from tests.core.test_usage import USAGES

D = Decimal
SONNET = Rates(D(3), D(15), D("0.3"), D("3.75"), D(6))
LONG = Rates(D(6), D("22.5"), D("0.6"), D("7.5"), D(12))
PRICE = Price(SONNET, tiers=(Tier(200_000, LONG),), services={Service.BATCH: Price(SONNET).times(D("0.5"))})
RATE = st.decimals(0, 1000, places=6)
RATES = st.builds(Rates, RATE, RATE, RATE, RATE, RATE, RATE, RATE)


def dollars(usage: Usage, price: Price = PRICE, service: Service = Service.STANDARD) -> str:
    return f"{price.cost(usage, service).amount.normalize():f}"


def test_each_kind_of_token_is_billed_at_its_own_rate() -> None:
    assert dollars(Usage(uncached_input_tokens=1_000)) == "0.003"
    assert dollars(Usage(cache_read_tokens=1_000)) == "0.0003"
    assert dollars(Usage(cache_write_5m_tokens=1_000)) == "0.00375"
    assert dollars(Usage(cache_write_1h_tokens=1_000)) == "0.006"
    assert dollars(Usage(output_tokens=1_000, reasoning_tokens=400)) == "0.015"


def test_reasoning_may_have_a_rate_of_its_own_and_is_not_billed_twice() -> None:
    price = Price(replace(SONNET, reasoning=D(3)))

    assert dollars(Usage(output_tokens=1_000, reasoning_tokens=400), price) == "0.0102"


def test_a_request_may_cost_something_as_such() -> None:
    assert dollars(NOTHING, Price(replace(SONNET, request=D("0.005")))) == "0.005"


@pytest.mark.parametrize(("tokens", "expected"), [(200_000, "0.6"), (200_001, "1.200006")])
def test_the_size_of_the_whole_prompt_decides_the_tier(tokens: int, expected: str) -> None:
    assert dollars(Usage(uncached_input_tokens=tokens)) == expected


def test_cached_tokens_count_for_the_tier() -> None:
    usage = Usage(uncached_input_tokens=1, cache_read_tokens=200_000, output_tokens=1_000)

    assert dollars(usage) == "0.142506"


def test_a_batch_pays_its_share() -> None:
    assert dollars(Usage(uncached_input_tokens=1_000, output_tokens=1_000), service=Service.BATCH) == "0.009"


def test_terms_without_a_price_are_unpriced() -> None:
    with pytest.raises(Unpriced, match="flex"):
        PRICE.cost(Usage(output_tokens=1), Service.FLEX)


def test_without_rates_of_their_own_cached_tokens_are_ordinary_input() -> None:
    price = Price(Rates(D(3), D(15)))

    assert dollars(Usage(1, 1, 1, 1), price) == dollars(Usage(4), price)


def test_a_longer_cache_write_without_a_rate_is_unpriced_where_the_shorter_has_one() -> None:
    price = Price(replace(SONNET, cache_write_1h=None))

    with pytest.raises(Unpriced, match="hour"):
        price.cost(Usage(cache_write_1h_tokens=1))
    assert dollars(Usage(cache_write_5m_tokens=1_000), price) == "0.00375"


def test_output_of_a_model_that_has_none_is_unpriced() -> None:
    price = Price(Rates(D("0.02")))

    assert dollars(Usage(1_000_000), price) == "0.02"
    with pytest.raises(Unpriced, match="output"):
        price.cost(Usage(1_000_000, output_tokens=1))


def test_free_is_a_price() -> None:
    assert Price(Rates(D(0), D(0))).cost(Usage(10**9, output_tokens=10**9)) == Money(D(0), "USD")


@given(RATES, USAGES, USAGES)
def test_within_a_tier_the_cost_of_a_sum_is_the_sum_of_the_costs(rates: Rates, one: Usage, other: Usage) -> None:
    price = Price(replace(rates, request=D(0)))

    assert price.cost(one + other).amount == price.cost(one).amount + price.cost(other).amount


@given(RATES, USAGES)
def test_a_coarse_context_of_the_program_changes_nothing(rates: Rates, usage: Usage) -> None:
    exact = Price(rates).cost(usage)
    with localcontext(prec=3):
        coarse = Price(rates).cost(usage)

        assert coarse.nano == exact.nano
    assert coarse == exact


@given(st.integers(-(2**63), 2**63 - 1))
def test_nano_units_come_back_as_they_were(nano: int) -> None:
    with localcontext(prec=5):
        assert Money.of_nano(nano, "USD").nano == nano
