"""Many things at once are few messages: the first goes out at once, what comes close behind goes out together."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.daemon.hold import AT_ONCE, LONGEST_HOLD, Hold
from monitor.daemon.senders.failures import SendFailed
from tests.daemon.delivering import Time, World

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
WAIT = 5 * SECOND


async def test_the_first_message_goes_at_once_and_what_follows_close_behind_goes_together() -> None:
    world = World(WAIT)
    ops = world.add("ops")
    async with world.running():
        await world.say("75%", "a")
        assert ops.titles == ["75%"]
        for account in ("b", "c", "d"):
            await world.say(f"{account} too", account, after=SECOND)
        assert len(ops.heard) == 1
        await world.time.pass_by(WAIT)

    assert (ops.titles, ops.attempts) == (["75%", "b too c too d too"], [0, 5])


async def test_a_thousand_accounts_within_a_minute_are_a_handful_of_messages_and_none_is_left_out() -> None:
    world = World(WAIT)
    ops = world.add("ops")
    async with world.running():
        for number in range(1000):
            await world.say(f"#{number}", str(number), after=0.06 * SECOND)
        await world.time.pass_by(MINUTE)

    assert ops.attempts == pytest.approx([0, 5, 15, 35, 75])
    assert " ".join(ops.titles).split() == [f"#{number}" for number in range(1000)]


async def test_an_emergency_in_a_storm_waits_no_longer_than_the_setting_and_takes_along_what_is_held() -> None:
    world = World(WAIT)
    ops = world.add("ops")
    async with world.running():
        for number in range(60):
            await world.say(f"#{number}", str(number), after=SECOND)
        held = len(ops.heard)
        world.urgent = True
        await world.say("the worst", "worst", after=WAIT)

    assert (held, len(ops.heard)) == (4, 5)
    assert ops.titles[-1].split()[-2:] == ["the", "worst"]


async def test_a_thousand_emergencies_within_a_minute_are_a_dozen_messages() -> None:
    world = World(WAIT)
    world.urgent = True
    ops = world.add("ops")
    async with world.running():
        for number in range(1000):
            await world.say(f"#{number}", str(number), after=0.06 * SECOND)
        await world.time.pass_by(MINUTE)

    assert len(ops.heard) <= 13
    assert " ".join(ops.titles).split() == [f"#{number}" for number in range(1000)]


async def test_a_bug_in_what_is_due_is_met_when_the_hold_is_over() -> None:
    world = World(WAIT)
    ops = world.add("ops")
    async with world.running():
        await world.say("75%", "a")
        world.broken = True
        await world.say("80%", "b", after=WAIT)
        world.broken = False
        await world.time.pass_by(MINUTE)

    assert ops.titles == ["75%", "80%"]


def test_one_account_climbs_through_its_thresholds_without_a_wait() -> None:
    time = Time()
    hold = Hold(WAIT, time.timer)
    waits = []
    for _ in range(AT_ONCE + 2):
        hold.begin()
        waits.append(hold.left())
        time.seconds += hold.left() + 1

    assert waits == [0] * (AT_ONCE - 1) + [5, 10, 20]


async def test_after_a_quiet_minute_a_message_goes_at_once_and_the_hold_is_short_again() -> None:
    world = World(WAIT)
    ops = world.add("ops")
    async with world.running():
        for what in ("70%", "71%", "72%"):
            await world.say(what, after=SECOND)
        await world.time.pass_by(3 * MINUTE)
        await world.say("73%")
        await world.say("74%", after=MINUTE)

    assert ops.titles == ["70%", "72%", "73%", "74%"]
    assert ops.attempts == [0, 5, 183, 188]


async def test_a_message_that_is_due_when_the_hold_is_over_does_not_wait() -> None:
    world = World(WAIT)
    ops = world.add("ops")
    async with world.running():
        await world.say("70%", after=10 * SECOND)
        await world.say("80%")

    assert ops.attempts == [0, 10]


async def test_a_failure_is_not_followed_by_a_hold_but_by_its_own_wait() -> None:
    world = World(MINUTE)
    ops = world.add("ops")
    ops.error = SendFailed("it is down")
    async with world.running():
        await world.say("70%", after=SECOND)
        ops.error = None
        await world.time.pass_by(SECOND)

    assert (ops.attempts, ops.titles) == ([0, 2], ["70%"])


async def test_a_stop_is_not_held_up_and_what_was_held_is_not_logged() -> None:
    world = World(MINUTE)
    ops = world.add("ops")
    async with world.running():
        await world.say("70%", "a")
        await world.say("80%", "b")
        async with asyncio.timeout(2):
            await world.loops["ops"].stop(10 * SECOND)

    assert (ops.titles, world.logged["ops"]) == (["70%"], {"a": "70%"})


async def test_without_a_group_wait_everything_goes_at_once() -> None:
    world = World(timedelta())
    ops = world.add("ops")
    async with world.running():
        for what in ("70%", "80%", "90%"):
            await world.say(what)

    assert ops.titles == ["70%", "80%", "90%"]


@given(
    shortest=st.timedeltas(min_value=timedelta(), max_value=timedelta(hours=1)),
    gaps=st.lists(st.floats(0, 300), max_size=30),
)
def test_a_hold_never_shrinks_below_the_least_nor_grows_beyond_a_minute_or_the_setting(
    shortest: timedelta, gaps: list[float]
) -> None:
    time = Time()
    hold = Hold(shortest, time.timer, at_once=1)
    assert hold.left() == 0

    for gap in gaps:
        time.seconds += hold.left() + gap
        assert hold.left() == 0
        hold.begin()
        least = shortest.total_seconds()
        assert least - 1e-6 <= hold.left() <= max(LONGEST_HOLD.total_seconds(), least) + 1e-6
