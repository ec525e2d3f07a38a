"""A channel that takes nothing is told on the others."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.budgets import Severity
from monitor.core.channels import Channel, ChannelState
from monitor.core.rules.channel import channel
from monitor.core.tuning import ChannelFailing
from tests.core.rules.accounts import NOW
from tests.core.story import OPS, Story

MINUTE = timedelta(minutes=1)
PAGER = Channel("pager", fallback="ops")
WELL = ChannelState("pager").delivered(NOW - 30 * MINUTE)


def failing(since: timedelta, *, permanent: bool = False) -> ChannelState:
    return WELL.failed("404: the webhook was deleted", NOW - since, permanent=permanent)


def severity(state: ChannelState) -> Severity:
    found = channel(state, ChannelFailing(), (), NOW)
    return found.alert.severity if found else Severity.OK


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (ChannelState("pager"), Severity.OK),
        (WELL, Severity.OK),
        (failing(9 * MINUTE), Severity.OK),
        (failing(10 * MINUTE), Severity.WARNING),
        (failing(-10 * MINUTE), Severity.WARNING),
        (failing(timedelta(), permanent=True), Severity.CRITICAL),
    ],
)
def test_ten_minutes_are_a_warning_and_what_is_for_good_is_critical_at_once(
    state: ChannelState, expected: Severity
) -> None:
    assert severity(state) is expected


def test_the_message_says_why_and_what_to_do() -> None:
    found = channel(failing(12 * MINUTE), ChannelFailing(), (), NOW)

    assert found is not None
    assert found.alert.summary == "channel pager: has failed for 12 min"
    assert found.alert.advice[0] == "Cause: 404: the webhook was deleted"
    assert "test-notify --channel pager" in found.alert.advice[-1]


def test_it_is_told_on_the_others_only_and_so_is_its_end() -> None:
    story = Story(None, OPS, PAGER).at(NOW)
    story.down = {"pager"}
    story.state = replace(story.state, channels={"pager": failing(8 * MINUTE)})

    assert story.spend(1) == []
    assert story.later(minutes=3).spend(1) == ["[WARNING] channel pager: has failed for 11 min"]
    assert story.due(PAGER) == ()
    story.state = replace(story.state, channels={"pager": failing(11 * MINUTE, permanent=True)})
    assert story.later(minutes=1).spend(1) == [
        "[CRITICAL] channel pager: fails, and will until somebody mends it",
    ]
    story.down = set()
    story.state = replace(story.state, channels={"pager": WELL.delivered(story.now)})
    assert story.later(minutes=1).spend(1) == ["[RESOLVED] channel pager: delivers again"]


@given(st.timedeltas(timedelta(0), timedelta(days=100)), st.timedeltas(timedelta(0), timedelta(days=100)))
def test_a_longer_failure_is_never_less_severe(since: timedelta, longer: timedelta) -> None:
    assert severity(failing(since)) <= severity(failing(since + longer))
