from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.parsing.breaker_settings import DEFAULTS
from monitor.inapp.loops import Loops
from tests.inapp.breakers import MINUTE
from tests.ledger.requests import NOON

SECOND = timedelta(seconds=1)


def loops(**settings: Any) -> Loops:
    return Loops(replace(DEFAULTS, **settings))


def test_a_prompt_that_comes_often_over_a_long_time_is_no_loop() -> None:
    seen = loops(loop_repeats=5, loop_within=4 * MINUTE)

    assert [seen.seen(b"a", NOON + number * 61 * SECOND) for number in range(100)] == [None] * 100


def test_a_prompt_that_comes_often_within_the_time_is_a_loop() -> None:
    seen = loops(loop_repeats=5, loop_within=4 * MINUTE)

    said = [seen.seen(b"a", NOON + number * MINUTE) for number in range(6)]

    assert said == [None] * 4 + ["the same prompt 5 times within 4 min"] * 2


def test_different_prompts_are_no_loop() -> None:
    seen = loops(loop_repeats=2)

    assert [seen.seen(b"%d" % number, NOON) for number in range(1_000)] == [None] * 1_000


def test_without_a_prompt_only_the_pace_is_looked_at() -> None:
    seen = loops(loop_repeats=1, rate_factor=0)

    assert [seen.seen(None, NOON) for _ in range(1_000)] == [None] * 1_000


@pytest.mark.parametrize("off", [{"loop_repeats": 0, "rate_factor": 0}])
def test_both_can_be_switched_off(off: dict[str, int]) -> None:
    seen = loops(**off)

    assert {seen.seen(b"a", NOON + number * MINUTE / 100) for number in range(5_000)} == {None}


def minutes(seen: Loops, counts: list[int], first: int = 0) -> list[str | None]:
    """Return the last word of each minute with so many requests."""
    last: list[str | None] = []
    for number, count in enumerate(counts, first):
        said = [seen.seen(None, NOON + number * MINUTE + step * MINUTE / (count + 1)) for step in range(count)]
        last.append(said[-1] if said else None)
    return last


def test_a_pace_far_above_the_usual_is_a_loop() -> None:
    seen = loops(rate_factor=20)
    assert minutes(seen, [10] * 30) == [None] * 30

    assert minutes(seen, [200, 201], 30) == [None, "over 200 requests in a minute, where 10 are usual for this program"]


def test_a_program_that_has_just_begun_has_no_usual_pace() -> None:
    assert minutes(loops(rate_factor=2), [1] * 9 + [5_000]) == [None] * 10


def test_a_quiet_program_may_become_a_little_busy() -> None:
    assert minutes(loops(rate_factor=20), [1] * 30 + [60]) == [None] * 31


def test_a_loop_that_goes_on_does_not_become_the_usual() -> None:
    seen = loops(rate_factor=20)
    minutes(seen, [10] * 30)

    assert all(minutes(seen, [1_000] * 100, 30))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 300)), max_size=60), st.integers(1, 6))
def test_a_loop_is_said_exactly_when_the_last_so_many_are_close(steps: list[tuple[int, int]], repeats: int) -> None:
    seen = loops(loop_repeats=repeats, loop_within=10 * MINUTE, rate_factor=0)
    times: dict[int, list[int]] = {}
    now = 0
    for prompt, seconds in steps:
        now += seconds
        times.setdefault(prompt, []).append(now)
        close = times[prompt][-repeats:]

        said = seen.seen(b"%d" % prompt, NOON + now * SECOND)

        assert bool(said) == (len(close) == repeats and close[-1] - close[0] <= 600)
