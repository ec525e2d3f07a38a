"""One channel's loop: it fails alone, waits alone, and tells what is true when it is heard again."""

import asyncio
import random
from datetime import timedelta

import pytest

from monitor.core.channels import ChannelState
from monitor.daemon.retry import CHANNEL_FAILED_FOR_GOOD, LONGEST_WAIT, channel_delay
from monitor.daemon.senders.failures import SendFailed
from tests.core.story import START
from tests.daemon.delivering import World

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DOWN = SendFailed("it is down")


async def test_the_log_is_written_after_the_delivery_and_nothing_is_told_twice() -> None:
    world = World()
    ops = world.add("ops")
    ops.answers.clear()
    async with world.running():
        await world.say("75%")
        assert world.logged["ops"] == {}
        ops.answers.set()
        await world.say("75%")
        await world.say("75%", after=HOUR)

    assert (ops.titles, world.logged["ops"]) == (["75%"], {"a": "75%"})
    assert world.state("ops") == ChannelState("ops", "ok", START)


async def test_a_channel_that_fails_holds_up_nobody_and_is_tried_again_by_itself() -> None:
    world = World()
    ops, pager = world.add("ops"), world.add("pager")
    pager.error = DOWN
    async with world.running():
        await world.say("75%")
        assert ops.titles == ["75%"]
        assert world.state("pager") == ChannelState("pager", "failing", None, "it is down", START, 1)
        pager.error = None
        await world.time.pass_by(2 * SECOND)

    assert (len(ops.attempts), pager.attempts) == (1, [0, 2])
    assert world.state("pager") == ChannelState("pager", "ok", START + 2 * SECOND)


async def test_a_hold_up_of_hours_ends_in_one_message_of_what_is_true_then() -> None:
    world = World()
    pager = world.add("pager")
    pager.error = DOWN
    async with world.running():
        for hour in range(5):
            await world.say(f"{75 + hour}%", after=HOUR)
            await world.say(f"{hour}0% of b", "b", after=HOUR)
        pager.error = None
        await world.time.pass_by(LONGEST_WAIT)

    assert pager.titles == ["79% 40% of b"]


async def test_what_was_over_before_the_channel_was_back_is_not_told() -> None:
    world = World()
    pager = world.add("pager")
    pager.error = DOWN
    async with world.running():
        await world.say("75%")
        await world.say("")
        pager.error = None
        await world.time.pass_by(HOUR)

    assert (pager.heard, len(pager.attempts)) == ([], 1)


async def test_a_channel_that_hangs_holds_up_nobody() -> None:
    world = World()
    ops, pager = world.add("ops"), world.add("pager")
    pager.answers.clear()
    async with world.running():
        for what in ("75%", "92%"):
            await world.say(what)

    assert (ops.titles, pager.titles) == (["75%", "92%"], [])


async def test_the_peers_own_wish_is_the_least_wait() -> None:
    world = World()
    pager = world.add("pager")
    pager.error = SendFailed("429", 10 * MINUTE)
    async with world.running():
        await world.say("75%", after=MINUTE)
        pager.error = None
        await world.say("92%", after=HOUR)

    assert (pager.attempts, pager.titles) == ([0, 600], ["92%"])


async def test_a_failure_for_good_is_tried_again_every_hour() -> None:
    world = World()
    pager = world.add("pager")
    pager.error = SendFailed("the webhook was deleted", permanent=True)
    async with world.running():
        await world.say("75%")
        assert world.state("pager").permanent
        await world.say("92%", after=2 * HOUR)
        pager.error = None
        await world.time.pass_by(HOUR)

    assert (pager.attempts, pager.titles) == ([0, 3600, 7200, 10800], ["92%"])


async def test_the_owner_hears_when_a_channel_fails_for_another_reason_or_no_more() -> None:
    world = World()
    pager = world.add("pager")
    pager.error = DOWN
    async with world.running():
        await world.say("75%", after=5 * SECOND)
        pager.error = SendFailed("the webhook was deleted", permanent=True)
        await world.time.pass_by(MINUTE)
        pager.error = None
        await world.say("75%", after=HOUR)
        await world.say("92%")

    assert [(state.state, state.error) for state in world.changes] == [
        ("failing", "it is down"),
        ("failing", "the webhook was deleted"),
        ("ok", None),
    ]


async def test_a_bug_in_a_sender_is_a_failure_that_is_tried_again() -> None:
    world = World()
    pager = world.add("pager")
    pager.error = KeyError("secret")
    async with world.running():
        await world.say("75%")
        assert "secret" not in (world.state("pager").error or "")
        pager.error = None
        await world.time.pass_by(2 * SECOND)

    assert pager.titles == ["75%"]


@pytest.mark.parametrize("fallbacks", [(), ("ops",)])
async def test_a_bug_in_what_is_due_neither_ends_the_channel_nor_keeps_it_busy(fallbacks: tuple[str, ...]) -> None:
    world = World()
    world.add("ops")
    world.add("pager", *fallbacks, state=ChannelState("pager").failed("gone", START, permanent=True))
    world.broken = True
    async with world.running():
        await world.say("75%", after=MINUTE)
        assert world.asked < 20
        world.broken = False
        await world.time.pass_by(HOUR)

    assert world.logged["pager"] == {"a": "75%"}


async def test_a_stop_waits_for_the_delivery_under_way_and_its_log() -> None:
    world = World()
    pager = world.add("pager")
    pager.answers.clear()
    async with world.running():
        await world.say("75%")
        stop = asyncio.create_task(world.loops["pager"].stop(5 * SECOND))
        await world.time.pass_by()
        assert not stop.done()
        pager.answers.set()
        await stop

    assert (pager.titles, world.logged["pager"]) == (["75%"], {"a": "75%"})


async def test_a_stop_does_not_wait_for_a_hanging_channel_beyond_its_patience() -> None:
    world = World()
    pager = world.add("pager")
    pager.answers.clear()
    async with world.running():
        await world.say("75%")
        await world.loops["pager"].stop(0.01 * SECOND)

    assert (pager.heard, world.logged["pager"]) == ([], {})


async def test_a_stop_that_finds_a_channel_waiting_to_try_again_is_immediate() -> None:
    world = World()
    pager = world.add("pager")
    pager.error = SendFailed("429", HOUR)
    async with world.running():
        await world.say("75%")
        async with asyncio.timeout(2):
            await world.loops["pager"].stop(5 * SECOND)

    assert len(pager.attempts) == 1


async def test_a_stopped_channel_begins_nothing() -> None:
    world = World()
    pager = world.add("pager")
    async with world.running():
        await world.loops["pager"].stop(SECOND)
        await world.say("75%", after=MINUTE)

    assert pager.attempts == []


@pytest.mark.parametrize("failures", [1, 5, 50])
def test_the_wait_grows_and_is_bounded(failures: int) -> None:
    waits = [channel_delay(failures, None, random.Random(seed)) for seed in range(200)]  # noqa: S311
    longest = min(LONGEST_WAIT, timedelta(seconds=2 ** min(failures, 20)))

    assert all(timedelta(seconds=0.5) <= wait <= longest for wait in waits)
    assert max(waits) > longest * 0.9


@pytest.mark.parametrize("failures", [1, 50])
def test_the_wait_of_a_failure_for_good_is_the_same_from_the_first(failures: int) -> None:
    assert channel_delay(failures, None, random.Random(0), permanent=True) == CHANNEL_FAILED_FOR_GOOD  # noqa: S311
