"""A clock that is wrong is told, by how much and to which side."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerting.life import Finding
from monitor.core.budgets import Severity
from monitor.core.errors import SourceUnavailable
from monitor.core.rules.clock_skew import clock_skew
from monitor.core.spending.readings import Observation
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.tuning import ClockSkew
from tests.core.rules.accounts import NOW
from tests.core.story import Story

MINUTE = timedelta(minutes=1)


def look(skew: timedelta | None, *known: str) -> Finding | None:
    return clock_skew("openai", SourceState(Spend("USD"), clock_skew=skew), ClockSkew(), known, NOW)


@pytest.mark.parametrize(
    ("skew", "summary"),
    [
        (2 * MINUTE, None),
        (-2 * MINUTE, None),
        (None, None),
        (5 * MINUTE, "openai: this machine's clock is 5 min ahead of the provider's"),
        (-180 * MINUTE, "openai: this machine's clock is 3 h behind the provider's"),
    ],
)
def test_beyond_the_tolerance_it_is_told_to_which_side(skew: timedelta | None, summary: str | None) -> None:
    found = look(skew)

    assert (found.alert.summary if found else None) == summary


def test_a_wrong_clock_is_told_at_the_second_poll_of_three_and_when_it_is_right_again() -> None:
    story = Story(None)

    def poll(skew: timedelta | None) -> list[str]:
        return story.later(minutes=1).poll(Observation((), story.now, timedelta(), clock_skew=skew))

    assert poll(5 * MINUTE) == []
    assert poll(5 * MINUTE) == ["[WARNING] holysheep: this machine's clock is 5 min ahead of the provider's"]
    assert story.later(minutes=1).poll(SourceUnavailable("503")) == []
    assert poll(None) == ["[RESOLVED] holysheep: this machine's clock agrees with the provider's again"]


@given(st.timedeltas(-timedelta(days=9000), timedelta(days=9000)))
def test_any_skew_is_judged(skew: timedelta) -> None:
    found = look(skew)

    assert (found is not None and found.alert.severity is Severity.WARNING) is (abs(skew) > 2 * MINUTE)
