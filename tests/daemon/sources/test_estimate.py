"""What was used, priced: exact, never twice, and never nothing where no price is known."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.spending.prices import Price, Rates, Service
from monitor.core.spending.readings import WHOLE, Observation, Reading, Series
from monitor.core.spending.spend import Spend
from monitor.core.windows import Window
from monitor.daemon.sources import anthropic, openai
from monitor.daemon.sources.estimate import estimated, summed
from monitor.daemon.sources.pricing import Pricing
from monitor.daemon.sources.usage import UsageDialect
from monitor.prices import PriceBook
from monitor.prices.table import PriceTable
from tests.daemon.sources.accounts import NOW, account

HOUR = timedelta(hours=1)
# Prices of our own, so that these figures stay right whatever providers will ask.
BOOK = PriceBook(
    [
        PriceTable(
            {
                (provider, model): (price,)
                for provider in ("openai", "anthropic")
                for model, price in {
                    "small": Price(Rates(Decimal(1), Decimal(2), cache_read=Decimal("0.1"))),
                    "large": Price(
                        Rates(Decimal(10), Decimal(40), request=Decimal("0.01")),
                        services={Service.BATCH: Price(Rates(Decimal(5), Decimal(20)))},
                    ),
                    "free": Price(Rates(Decimal(0), Decimal(0))),
                    "yuan": Price(Rates(Decimal(1), Decimal(1)), currency="CNY"),
                    "deaf": Price(Rates(Decimal(1))),
                }.items()
            },
            frozenset(("openai", "anthropic")),
        )
    ]
)


def result(model: str, tokens: int = 1_000_000, output: int = 0, **more: object) -> dict[str, Any]:
    names = {"model": model, "project_id": "p", "api_key_id": "k", "num_model_requests": 3}
    return {"input_tokens": tokens, "output_tokens": output, **names, **more}


def bucket(hours_ago: int, *results: object) -> dict[str, Any]:
    start = int((NOW - hours_ago * HOUR).timestamp())
    return {"start_time": start, "end_time": start + 3600, "results": list(results)}


def priced(*pages: Sequence[dict[str, Any]], dialect: UsageDialect = openai.USAGE) -> tuple[Reading, ...]:
    pricing = Pricing(account(), dialect.provider, lambda: BOOK)
    readings, unread = estimated([summed(page, dialect, pricing) for page in pages], "USD")
    assert unread is None
    return readings


def whole(*results: dict[str, Any]) -> Reading:
    (reading,) = [reading for reading in priced([bucket(1, *results)]) if reading.series == WHOLE]
    return reading


@pytest.mark.parametrize(
    ("used", "cost"),
    [
        (result("small", 123_457, 7), "0.123471"),
        (result("small", 1_000_000, input_cached_tokens=400_000), "0.64"),
        (result("small", 10**9), "1000"),
        (result("large", 1_000_000, 1), "10.03004"),
        (result("large", 1_000_000, batch=True), "5"),
        (result("large", 1_000_000, service_tier="batch"), "5"),
        (result("large", 1_000_000, service_tier="flex"), "10.03"),
        (result("large", 1_000_000, service_tier="invented"), "10.03"),
        (result("free"), "0"),
    ],
)
def test_tokens_cost_what_their_price_says_to_the_last_digit(used: dict[str, Any], cost: str) -> None:
    reading = whole(used)

    assert reading.cost.amount == Decimal(cost)
    assert (reading.unpriced_tokens, reading.requests) == (0, 3)


@pytest.mark.parametrize(
    ("used", "why"),
    [
        (result("nobody-knows"), "no model of that name"),
        (result("large", service_tier="priority"), "dearer terms without a price"),
        (result("yuan"), "its price is in another currency"),
        (result("deaf", 999_000, 1000), "no price for output"),
    ],
)
def test_what_has_no_price_costs_what_the_dearest_would(used: dict[str, Any], why: str) -> None:
    reading = whole(used)

    tokens = used["input_tokens"] + used["output_tokens"]
    assert reading.unpriced_tokens == tokens, why
    assert reading.cost.amount >= Decimal(10) * used["input_tokens"] / 10**6, "as the large one"


def test_a_days_tokens_are_not_taken_for_one_long_prompt() -> None:
    day = bucket(1, result("gpt-5.4", 10**9))

    pricing = Pricing(account(), openai.USAGE.provider, PriceBook)
    readings, _ = estimated([summed([day], openai.USAGE, pricing)], "USD")

    base = PriceBook().price("gpt-5.4", NOW, "openai").rates.input
    assert readings[0].cost.amount == base * 1000


def test_the_priority_tier_of_anthropic_has_the_standard_price() -> None:
    times = {"starting_at": "2026-05-20T11:00:00Z", "ending_at": "2026-05-20T12:00:00Z"}
    used = {"uncached_input_tokens": 1_000_000, "output_tokens": 0, "model": "small", "service_tier": "priority"}

    readings = priced([{**times, "results": [used]}], dialect=anthropic.USAGE)

    assert readings[0].cost.amount == 1
    assert readings[0].unpriced_tokens == 0


USED = st.builds(
    lambda hour, model, project, key, tokens: (
        hour,
        result(model, tokens, tokens // 7, project_id=project, api_key_id=key),
    ),
    st.integers(1, 4),
    st.sampled_from(["small", "large", "free", "nobody-knows"]),
    st.sampled_from(["p", "q", None]),
    st.sampled_from(["k", "l", None]),
    st.integers(0, 10**9),
)


@given(st.lists(USED, max_size=12), st.data())
def test_rows_in_any_order_on_any_pages_come_to_the_same(
    used: list[tuple[int, dict[str, Any]]], data: st.DataObject
) -> None:
    rows = [bucket(hour, one) for hour, one in used]
    cut = data.draw(st.integers(0, len(rows)))
    shuffled = data.draw(st.permutations(rows))

    assert set(priced(shuffled[:cut], shuffled[cut:])) == set(priced(rows))


@given(st.lists(USED, min_size=1, max_size=12))
def test_each_view_of_an_hour_adds_up_to_the_whole(used: list[tuple[int, dict[str, Any]]]) -> None:
    readings = priced([bucket(hour, one) for hour, one in used])

    for span in {reading.span for reading in readings}:
        views: dict[tuple[bool, ...], Decimal] = {}
        for reading in readings:
            if reading.span == span:
                known = views.get(reading.series.dimensions, Decimal(0))
                views[reading.series.dimensions] = known + reading.cost.amount
        assert len(views) == 4
        assert len(set(views.values())) == 1


@given(st.lists(st.lists(USED, max_size=6), min_size=1, max_size=5))
def test_corrections_never_double(looks: list[list[tuple[int, dict[str, Any]]]]) -> None:
    """However often hours are told anew, up or down, with more models or fewer: the last word alone counts."""
    reach = Window(NOW - 4 * HOUR, NOW)
    spend = Spend("USD")
    for used in looks:
        hours = [bucket(hour, *(one for at, one in used if at == hour)) for hour in range(1, 5)]
        readings = priced(hours)
        spend = spend.record(Observation(readings, NOW, timedelta(), estimated_anew=reach), NOW)

    assert set(spend.readings) == set(readings)
    total = sum(reading.cost.amount for reading in readings if reading.series == WHOLE)
    told = spend.spent(reach, NOW)
    assert told is not None
    assert told.amount == total
    for model in ("small", "large"):
        cost = sum(r.cost.amount for r in readings if r.series == Series(model=model))
        known = spend.spent(reach, NOW, Series(model=model))
        assert (known.amount if known else 0) == cost


def test_a_bucket_with_a_row_that_cannot_be_read_is_left_out_whole() -> None:
    pricing = Pricing(account(), openai.USAGE.provider, lambda: BOOK)
    pages = [[bucket(2, result("small")), bucket(1, result("small"))], [bucket(1, result("small", -1))]]

    readings, unread = estimated([summed(page, openai.USAGE, pricing) for page in pages], "USD")

    assert {reading.span.start for reading in readings} == {NOW - 2 * HOUR}
    assert "data[0].results[0].input_tokens" in str(unread)


def test_an_account_in_another_currency_has_no_bound_and_its_tokens_are_still_counted() -> None:
    pricing = Pricing(replace(account(), currency="EUR"), openai.USAGE.provider, lambda: BOOK)
    readings, _ = estimated([summed([bucket(1, result("small"))], openai.USAGE, pricing)], "EUR")

    assert readings[0].cost.amount == 0
    assert readings[0].unpriced_tokens == 1_000_000
