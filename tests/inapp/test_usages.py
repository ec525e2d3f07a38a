from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.spending.usage import Usage
from monitor.inapp.usages import usage_of

COUNTS = st.integers(0, 10**9)
NAMES = st.sampled_from(
    [
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "prompt_tokens_details",
        "completion_tokens_details",
        "cached_tokens",
        "cache_write_tokens",
        "reasoning_tokens",
        "input_tokens",
        "input_tokens_details",
        "output_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "cache_creation",
        "ephemeral_1h_input_tokens",
        "prompt_cache_hit_tokens",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
    max_leaves=20,
)


@given(JSON)
def test_whatever_is_told_is_usage_or_nothing(told: Any) -> None:
    assert isinstance(usage_of(told), Usage | None)


@given(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)
def test_openais_totals_contain_their_parts(plain: int, read: int, written: int, shown: int, reasoned: int) -> None:
    told = {
        "prompt_tokens": plain + read + written,
        "completion_tokens": shown + reasoned,
        "total_tokens": plain + read + written + shown + reasoned,
        "prompt_tokens_details": {"cached_tokens": read, "cache_write_tokens": written},
        "completion_tokens_details": {"reasoning_tokens": reasoned},
    }

    assert usage_of(told) == Usage(plain, read, written, 0, shown + reasoned, reasoned)


@given(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)
def test_anthropics_input_is_beside_its_parts(plain: int, read: int, short: int, long: int, output: int) -> None:
    told = {
        "input_tokens": plain,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": short + long,
        "cache_creation": {"ephemeral_5m_input_tokens": short, "ephemeral_1h_input_tokens": long},
        "output_tokens": output,
    }

    assert usage_of(told) == Usage(plain, read, short, long, output)


def test_a_cache_write_without_its_time_is_of_five_minutes() -> None:
    told = {"input_tokens": 1, "cache_creation_input_tokens": 30, "cache_creation": None, "output_tokens": 2}

    assert usage_of(told) == Usage(1, cache_write_5m_tokens=30, output_tokens=2)


def test_deepseeks_hits_are_part_of_the_prompt() -> None:
    told = {
        "prompt_tokens": 100,
        "prompt_cache_hit_tokens": 64,
        "prompt_cache_miss_tokens": 36,
        "completion_tokens": 5,
        "total_tokens": 105,
    }

    assert usage_of(told) == Usage(36, 64, output_tokens=5)


def test_details_may_be_null() -> None:
    told = {
        "prompt_tokens": 3,
        "completion_tokens": 4,
        "total_tokens": 7,
        "prompt_tokens_details": None,
        "completion_tokens_details": None,
    }

    assert usage_of(told) == Usage(3, output_tokens=4)


@pytest.mark.parametrize(
    ("told", "usage"),
    [
        ({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 315}, Usage(10, 200, 100, output_tokens=5)),
        ({"prompt_tokens": 310, "completion_tokens": 5, "total_tokens": 315}, Usage(10, 200, 100, output_tokens=5)),
        ({"prompt_tokens": 10, "completion_tokens": 5}, Usage(10, 200, 100, output_tokens=5)),
    ],
)
def test_a_relay_may_count_the_cache_within_the_prompt_or_beside_it(told: dict[str, int], usage: Usage) -> None:
    assert usage_of({**told, "cache_read_tokens": 200, "cache_write_tokens": 100}) == usage


def test_reasoning_beside_the_completion_is_output_too() -> None:
    told = {
        "prompt_tokens": 10,
        "completion_tokens": 50,
        "total_tokens": 360,
        "completion_tokens_details": {"reasoning_tokens": 300},
    }

    assert usage_of(told) == Usage(10, output_tokens=350, reasoning_tokens=300)


@pytest.mark.parametrize("count", [-1, True, "7", 1.5, 10**18])
def test_what_is_no_count_is_no_usage(count: object) -> None:
    assert usage_of({"prompt_tokens": count, "completion_tokens": 1}) is None
