"""How a channel does: what ends a failure, and when its fallback is told instead."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.channels import FALLBACK_AFTER, Channel, ChannelState, fallbacks
from tests.core.story import START

MINUTE = timedelta(minutes=1)


def test_a_failure_counts_from_its_beginning_until_a_delivery() -> None:
    first = ChannelState("ops").failed("timed out", START)
    second = first.failed("HTTP 500", START + MINUTE)

    assert second == ChannelState("ops", "failing", None, "HTTP 500", START, 2)
    assert second.delivered(START + 2 * MINUTE) == ChannelState("ops", "ok", START + 2 * MINUTE)


def test_a_failure_forgets_neither_the_last_success_nor_that_it_was_for_good_only_once() -> None:
    state = ChannelState("ops").delivered(START).failed("gone", START, permanent=True).failed("timed out", START)

    assert (state.last_success, state.permanent) == (START, False)


@pytest.mark.parametrize(
    ("state", "passed", "left"),
    [
        (ChannelState("ops"), timedelta(), None),
        (ChannelState("ops").delivered(START), timedelta(days=1), None),
        (ChannelState("ops").failed("timed out", START), timedelta(), FALLBACK_AFTER),
        (ChannelState("ops").failed("timed out", START), 4 * MINUTE, FALLBACK_AFTER - 4 * MINUTE),
        (ChannelState("ops").failed("timed out", START), FALLBACK_AFTER, timedelta()),
        (ChannelState("ops").failed("timed out", START), timedelta(days=1), timedelta()),
        (ChannelState("ops").failed("gone", START, permanent=True), timedelta(), timedelta()),
    ],
)
def test_a_channel_is_given_up_after_a_while_or_at_once_when_it_fails_for_good(
    state: ChannelState, passed: timedelta, left: timedelta | None
) -> None:
    assert state.given_up_in(START + passed) == left


@given(st.timedeltas(min_value=timedelta(days=-30), max_value=timedelta(days=30)))
def test_no_clock_makes_a_failing_channel_wait_for_longer_than_that(step: timedelta) -> None:
    left = ChannelState("ops").failed("timed out", START).given_up_in(START + step)

    assert left is not None
    assert timedelta() <= left <= FALLBACK_AFTER


@pytest.mark.parametrize(
    ("wires", "expected"),
    [
        ({"a": None}, ()),
        ({"a": "b", "b": None}, ("b",)),
        ({"a": "b", "b": "c", "c": None}, ("b", "c")),
        ({"a": "a"}, ()),
        ({"a": "b", "b": "c", "c": "b"}, ("b", "c")),
        ({"a": "nobody"}, ()),
    ],
)
def test_the_fallbacks_of_a_channel_are_told_in_order_and_each_at_most_once(
    wires: dict[str, str | None], expected: tuple[str, ...]
) -> None:
    channels = {name: Channel(name, fallback=fallback) for name, fallback in wires.items()}

    assert fallbacks("a", channels) == expected
