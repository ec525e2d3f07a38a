import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.spending.usage import NOTHING, Usage

TOKENS = st.integers(0, 10**12)
USAGES = st.builds(
    lambda plain, read, short, long, shown, thought: Usage(plain, read, short, long, shown + thought, thought),
    *[TOKENS] * 6,
)


def test_a_total_that_contains_the_cached_tokens_is_taken_apart() -> None:
    usage = Usage.with_total_input(
        2006, 300, cache_read_tokens=1920, cache_write_5m_tokens=6, reasoning_tokens=128
    )  # OpenAI: prompt_tokens contains prompt_tokens_details.

    assert usage == Usage(80, 1920, 6, 0, 300, 128)
    assert (usage.input_tokens, usage.total_tokens) == (2006, 2306)


def test_input_beside_the_cached_tokens_is_added_up() -> None:
    usage = Usage(uncached_input_tokens=100, cache_read_tokens=5000, cache_write_1h_tokens=1000)  # Anthropic.

    assert usage.input_tokens == 6100


@pytest.mark.parametrize("tokens", [{"output_tokens": -1}, {"output_tokens": 5, "reasoning_tokens": 6}])
def test_tokens_that_cannot_be_are_refused(tokens: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        Usage(**tokens)


def test_more_cached_than_all_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be"):
        Usage.with_total_input(10, cache_read_tokens=11)


@given(USAGES)
def test_a_total_is_taken_apart_into_the_same_usage(usage: Usage) -> None:
    again = Usage.with_total_input(
        usage.input_tokens,
        usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_5m_tokens=usage.cache_write_5m_tokens,
        cache_write_1h_tokens=usage.cache_write_1h_tokens,
        reasoning_tokens=usage.reasoning_tokens,
    )

    assert again == usage


@given(USAGES, USAGES)
def test_a_sum_has_the_tokens_of_both(one: Usage, other: Usage) -> None:
    assert (one + other).total_tokens == one.total_tokens + other.total_tokens
    assert one + NOTHING == one
