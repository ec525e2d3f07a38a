"""Tokens without a price are told, with what is counted for them, until a bill or a price comes."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerting.life import Finding
from monitor.core.budgets import Severity
from monitor.core.rules.unpriced import unpriced_models
from monitor.core.spending.readings import Observation, Reading
from monitor.core.spending.spend import Spend
from monitor.core.spending.unpriced import unpriced
from monitor.core.windows import Window
from tests.core.rules.accounts import DAY, HOUR, NOW
from tests.core.story import usd

LAST_HOUR = Window(NOW - HOUR, NOW)


def used(model: str, tokens: int, cost: str, without: int, span: Window = LAST_HOUR) -> Reading:
    return Reading(span, usd(cost), model, tokens=tokens, estimated=True, unpriced_tokens=without)


def known(*readings: Reading) -> Spend:
    return Spend("USD").record(Observation(readings, NOW, timedelta(), settled_until=NOW - DAY), NOW)


def look(*readings: Reading, told: bool = False) -> Finding | None:
    return unpriced_models("openai", known(*readings), ["unpriced:openai"] if told else [], NOW)


def test_models_without_a_price_are_a_warning_the_dearest_first() -> None:
    found = look(used("new", 5_000, "3", 5_000), used("known", 9, "1", 0), used("newer", 2_000, "4.50", 2_000))

    assert found is not None
    assert found.alert.severity is Severity.WARNING
    assert found.alert.summary == "openai: no price is known for newer and new"
    assert found.alert.advice[0] == (
        "Counted until the bill comes: newer with 2,000 tokens as $4.50, new with 5,000 tokens as $3.00. "
        "That is the most it can be: as much as the dearest model of its kind."
    )


def test_where_no_price_at_all_is_known_it_is_said_that_nothing_is_counted() -> None:
    found = look(used("new", 5_000, "0", 5_000))

    assert found is not None
    assert found.alert.advice[0] == (
        "Not counted until the bill comes, as no price in USD is known: new with 5,000 tokens as $0.00."
    )


def test_with_prices_for_all_there_is_nothing_to_say_and_what_was_said_is_over() -> None:
    priced = used("known", 9, "1", 0)

    assert look(priced) is None
    over = look(priced, told=True)
    assert over is not None
    assert over.alert.severity is Severity.OK


def test_where_the_bill_is_final_the_price_no_longer_matters() -> None:
    assert look(used("new", 9, "1", 9, Window(NOW - 2 * DAY, NOW - 2 * DAY + HOUR))) is None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5), st.integers(0, 99)), max_size=10))
def test_no_token_without_a_price_is_lost_or_counted_twice(rows: list[tuple[str, int, int]]) -> None:
    hours = {(model, hour): without for model, hour, without in rows}
    spans = {hour: Window(NOW - (hour + 1) * HOUR, NOW - hour * HOUR) for hour in range(6)}
    readings = [used(model, 99, "1", without, spans[hour]) for (model, hour), without in hours.items()]

    found = unpriced(known(*readings), Window(NOW - DAY, NOW))

    assert sum(one.tokens for one in found.values()) == sum(hours.values())
    assert sum(one.at_most for one in found.values()) == Decimal(sum(1 for without in hours.values() if without))
