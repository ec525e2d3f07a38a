"""A rate limit is told before the provider refuses, where it tells what is left."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerting.life import Finding
from monitor.core.budgets import Severity
from monitor.core.errors import SourceUnavailable
from monitor.core.rules.headroom import headroom
from monitor.core.spending.readings import Observation, RateLimit
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.tuning import Headroom
from tests.core.rules.accounts import NOW
from tests.core.story import Story

REQUESTS = RateLimit("requests", 1000, 900)


def look(*limits: RateLimit, known: tuple[str, ...] = ()) -> Finding | None:
    return headroom("openai", SourceState(Spend("USD"), rate_limits=limits), Headroom(), known, NOW)


@pytest.mark.parametrize(
    ("remaining", "expected"),
    [
        (101, None),
        (100, Severity.WARNING),
        (21, Severity.WARNING),
        (20, Severity.CRITICAL),
        (0, Severity.CRITICAL),
    ],
)
def test_a_tenth_left_is_a_warning_and_a_fiftieth_critical(remaining: int, expected: Severity | None) -> None:
    found = look(RateLimit("requests", 1000, remaining))

    assert (found.alert.severity if found else None) is expected


def test_the_tightest_limit_is_named() -> None:
    found = look(REQUESTS, RateLimit("input-tokens", 40_000, 1500))

    assert found is not None
    assert found.alert.summary == "openai: 3.7% of the rate limit for input-tokens is left"
    assert found.alert.advice[0] == "1,500 of 40,000 input-tokens are left before the provider refuses more."
    assert (found.needed, found.of) == (2, 3)


def test_a_limit_that_our_own_poll_uses_up_is_not_judged() -> None:
    assert look(RateLimit("requests", 9, 0)) is None


def test_nothing_told_is_nothing_wrong_and_ends_what_was() -> None:
    over = look(known=("headroom:openai",))

    assert look() is None
    assert over is not None
    assert (over.alert.severity, over.lingers) == (Severity.OK, False)


def test_two_of_three_polls_fire_it_and_a_poll_that_failed_says_nothing() -> None:
    story = Story(None)

    def left(remaining: int) -> list[str]:
        limits = (RateLimit("tokens", 1000, remaining),)
        return story.later(minutes=1).poll(Observation((), story.now, timedelta(), rate_limits=limits))

    assert left(50) == []
    assert left(900) == []
    assert left(50) == ["[WARNING] holysheep: 5% of the rate limit for tokens is left"]
    assert story.later(minutes=1).poll(SourceUnavailable("503")) == []
    assert left(120) == []
    assert left(900) == ["[RESOLVED] holysheep: there is room again below the rate limits"]


@given(st.integers(10, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_less_that_is_left_is_never_less_severe(limit: int, remaining: int, fewer: int) -> None:
    more, less = (look(RateLimit("tokens", limit, max(left, 0))) for left in (remaining, remaining - fewer))

    assert (more.alert.severity if more else Severity.OK) <= (less.alert.severity if less else Severity.OK)
