"""Advice comes from the account's own figures, or not at all."""

from datetime import UTC, timedelta

from monitor.core.readings import Reading
from monitor.core.rules.cheaper import cheaper_model
from monitor.core.windows import Period
from tests.core.story import START, usd

DAY = Period.DAY.window(START, UTC)


def used(model: str, cost: str, tokens: int | None) -> Reading:
    return Reading(DAY, usd(cost), model=model, tokens=tokens)


def test_the_saving_is_named_in_figures() -> None:
    readings = [used("gpt-4.1", "80", 10_000_000), used("deepseek-v3.2", "4.2", 10_000_000)]

    assert cheaper_model(readings, DAY, "USD") == (
        "What gpt-4.1 did for $80.00 would have cost $4.20 on deepseek-v3.2, at your own rates."
    )


def test_without_another_model_tokens_or_a_real_saving_nothing_is_said() -> None:
    dear = used("gpt-4.1", "80", 10_000_000)

    assert cheaper_model([dear], DAY, "USD") is None
    assert cheaper_model([dear, used("deepseek-v3.2", "4", None)], DAY, "USD") is None
    assert cheaper_model([dear, used("gpt-4o", "70", 10_000_000)], DAY, "USD") is None
    assert cheaper_model([dear, used("free", "0", 10_000_000)], DAY, "USD") is None


def test_what_lies_outside_the_window_does_not_count() -> None:
    yesterday = Period.DAY.window(START - timedelta(days=1), UTC)
    elsewhere = Reading(yesterday, usd("4.2"), model="deepseek-v3.2", tokens=10_000_000)

    assert cheaper_model([used("gpt-4.1", "80", 10_000_000), elsewhere], DAY, "USD") is None
