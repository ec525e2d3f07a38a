"""Advice comes from the account's own figures, or not at all."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.rules.cheaper import cheaper_model, switches
from monitor.core.spending.readings import Reading
from monitor.core.windows import FOREVER, Period, Window
from tests.core.story import START, usd

DAY = Period.DAY.window(START, UTC)
MONTH = Period.MONTH.window(START, UTC)
MILLION = 10**6


def used(model: str, cost: str, tokens: int | None, span: Window = DAY, key: str | None = None) -> Reading:
    return Reading(span, usd(cost), model=model, key=key, tokens=tokens)


def advice(*readings: Reading, window: Window = DAY, now: datetime = START) -> str | None:
    return cheaper_model(readings, window, "USD", now)


def test_the_share_and_the_saving_of_a_week_are_named() -> None:
    told = advice(used("gpt-4.1", "62", 10 * MILLION), used("deepseek-v3.2", "38", 10 * MILLION))

    assert told == "Moving the 62% of spend on gpt-4.1 to deepseek-v3.2 would save $168 a week at this volume."


def test_no_answer_is_written_by_a_model_for_embeddings() -> None:
    assert advice(used("gpt-4.1", "62", 10 * MILLION), used("text-embedding-3-small", "1", 10 * MILLION)) is None


def test_the_volume_is_that_of_the_time_that_was_seen() -> None:
    days = [Period.DAY.window(START - timedelta(days=number), UTC) for number in range(7)]
    readings = [
        used(model, cost, MILLION, span) for span in days for model, cost in (("gpt-4.1", "5"), ("deepseek", "1"))
    ]

    assert advice(*readings, window=MONTH, now=days[0].end) == (
        "Moving the 83% of spend on gpt-4.1 to deepseek would save $28 a week at this volume."
    )


def test_money_that_is_told_twice_counts_once() -> None:
    models = (("gpt-4.1", "62"), ("deepseek-v3.2", "38"))
    days = [used(model, cost, MILLION) for model, cost in models]
    keys = [used(model, cost, MILLION, key="ci") for model, cost in models]
    month = [used(model, cost, MILLION, MONTH) for model, cost in models]

    assert advice(*days, *keys, *month, window=MONTH) == advice(*days, window=MONTH)


def test_a_small_saving_keeps_its_cents() -> None:
    told = advice(used("gpt-4.1", "0.80", MILLION), used("deepseek", "0.20", MILLION))

    assert told is not None
    assert "would save $4.20 a week" in told


def test_without_another_model_tokens_or_a_real_saving_nothing_is_said() -> None:
    dear = used("gpt-4.1", "80", 10 * MILLION)

    assert advice() is None
    assert advice(dear) is None
    assert advice(dear, used("deepseek-v3.2", "4", None)) is None
    assert advice(dear, used("gpt-4o", "70", 10 * MILLION)) is None
    assert advice(dear, used("free", "0", 10 * MILLION)) is None


def test_what_lies_outside_the_window_or_has_no_time_does_not_count() -> None:
    yesterday = Period.DAY.window(START - timedelta(days=1), UTC)
    dear, lifetime = used("gpt-4.1", "80", MILLION), used("gpt-4.1", "80", MILLION, FOREVER)

    assert advice(dear, used("deepseek-v3.2", "4.2", MILLION, yesterday)) is None
    assert advice(lifetime, used("deepseek-v3.2", "4.2", MILLION, FOREVER), window=FOREVER) is None


def test_each_model_is_held_against_the_others_of_the_account() -> None:
    readings = [used("gpt-4.1", "60", MILLION), used("gpt-4o", "9", 3 * MILLION), used("mini", "2", 2 * MILLION)]

    found = [(one.model, one.to, one.instead, one.saved) for one in switches(readings, DAY, "USD")]

    assert found == [
        ("gpt-4.1", "mini", usd("1"), usd("59")),
        ("gpt-4.1", "gpt-4o", usd("3"), usd("57")),
        ("gpt-4o", "mini", usd("3"), usd("6")),
    ]


uses = st.lists(
    st.tuples(st.sampled_from("abc"), st.decimals(0, 10**6, places=4), st.integers(0, 10**9) | st.none()), max_size=8
)


@given(uses)
def test_no_more_is_saved_than_was_spent(uses: list[tuple[str, Decimal, int | None]]) -> None:
    told = advice(*(used(model, str(cost), tokens) for model, cost, tokens in uses))

    saved = re.search(r"would save \$([0-9,.]+) a week", told or "")
    assert (saved is None) is (told is None)
    assert saved is None or Decimal(saved[1].replace(",", "")) <= 7 * sum(cost for _, cost, _ in uses)
