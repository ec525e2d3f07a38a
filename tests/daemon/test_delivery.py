"""One channel's loop: it fails alone, waits alone, and tells what is true when it is heard again."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from monitor.core.alerts import Alert, Rule
from monitor.core.budgets import Severity
from monitor.core.channels import Channel, ChannelState, Message, Tone
from monitor.core.notifications import Notification, Reason
from monitor.daemon.delivery import Delivery
from monitor.daemon.retry import LONGEST_WAIT, channel_delay
from monitor.daemon.senders.failures import SendFailed
from tests.core.story import START


class Soon(random.Random):
    """Draws zero: the shortest wait that jitter can give."""

    def random(self) -> float:
        return 0.0


class Peer:
    """A channel's far end: down until it is not, and it answers when `answers` is set."""

    def __init__(self, events: list[str], name: str) -> None:
        self.events = events
        self.name = name
        self.error: Exception | None = None
        self.attempts = 0
        self.answers = asyncio.Event()
        self.answers.set()

    async def send(self, message: Message) -> None:
        self.attempts += 1
        await self.answers.wait()
        if self.error:
            raise self.error
        self.events.append(f"{self.name} hears {message.title}")


class World:
    """What is true now is `says`; a channel is due to hear it when it was told something else."""

    def __init__(self) -> None:
        self.says = ""
        self.dues = 0
        self.events: list[str] = []
        self.heard: dict[str, str] = {}
        self.peers: dict[str, Peer] = {}
        self.loops: dict[str, Delivery] = {}

    def add(self, name: str) -> Peer:
        self.peers[name] = Peer(self.events, name)
        self.loops[name] = Delivery(
            Channel(name), self.peers[name], self.due, self.told, self.write, lambda: START, Soon()
        )
        return self.peers[name]

    def say(self, what: str) -> None:
        self.says = what
        for loop in self.loops.values():
            loop.wake()

    def due(self, channel: Channel) -> Sequence[Notification]:
        self.dues += 1
        if self.says == self.heard.get(channel.name, ""):
            return ()
        alert = Alert(self.says, Rule.THRESHOLD, "holysheep", Severity.WARNING, self.says, START)
        return (Notification(channel.name, alert, Reason.FIRST),)

    async def told(self, due: Sequence[Notification]) -> None:
        for note in due:
            self.heard[note.channel] = note.alert.key
            self.events.append(f"{note.channel} logged {note.alert.key}")

    def write(self, due: Sequence[Notification]) -> Message:
        return Message(due[0].alert.summary, "", Tone.WARNING)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(loop.run()) for loop in self.loops.values()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(outcome is None or isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not reached():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_the_log_is_written_after_the_delivery_and_nothing_is_told_twice() -> None:
    world = World()
    world.add("ops")
    async with world.running():
        world.say("75%")
        await until(lambda: len(world.events) == 2)
        world.say("75%")
        await asyncio.sleep(0.03)

    assert world.events == ["ops hears 75%", "ops logged 75%"]
    assert (world.loops["ops"].state.state, world.loops["ops"].state.last_success) == ("ok", START)


async def test_a_channel_that_fails_holds_up_nobody_and_is_tried_again_by_itself() -> None:
    world = World()
    ops, pager = world.add("ops"), world.add("pager")
    pager.error = SendFailed("it is down")
    async with world.running():
        world.say("75%")
        await until(lambda: "ops logged 75%" in world.events and world.loops["pager"].state.state == "failing")
        assert world.loops["pager"].state.error == "it is down"
        assert world.loops["pager"].state.failing_since == START
        pager.error = None
        await until(lambda: "pager logged 75%" in world.events)

    assert (ops.attempts, pager.attempts) == (1, 2)
    assert world.loops["pager"].state == ChannelState("pager", "ok", START)


async def test_after_an_outage_one_message_tells_what_is_true_then() -> None:
    world = World()
    pager = world.add("pager")
    pager.error = SendFailed("it is down")
    async with world.running():
        world.say("75%")
        await until(lambda: pager.attempts == 1)
        world.say("92%")
        world.say("96%")
        pager.error = None
        await until(lambda: bool(world.heard))

    assert world.events == ["pager hears 96%", "pager logged 96%"]


async def test_what_was_over_before_the_channel_was_back_is_not_told() -> None:
    world = World()
    pager = world.add("pager")
    pager.error = SendFailed("it is down")
    async with world.running():
        world.say("75%")
        await until(lambda: pager.attempts == 1)
        world.say("")
        pager.error, before = None, world.dues
        await until(lambda: world.dues > before)

    assert (world.events, pager.attempts) == ([], 1)


async def test_a_channel_that_hangs_holds_up_nobody() -> None:
    world = World()
    world.add("ops")
    world.add("pager").answers.clear()
    async with world.running():
        for what in ("75%", "92%"):
            world.say(what)
            await until(lambda what=what: f"ops logged {what}" in world.events)  # type: ignore[misc]

    assert not any(event.startswith("pager") for event in world.events)


async def test_the_peers_own_wish_is_the_least_wait() -> None:
    world = World()
    pager = world.add("pager")
    pager.error = SendFailed("429", timedelta(hours=1))
    async with world.running():
        world.say("75%")
        await until(lambda: pager.attempts == 1)
        pager.error = None
        world.say("92%")
        await asyncio.sleep(0.05)

    assert pager.attempts == 1


async def test_a_bug_in_a_sender_is_a_failure_that_is_tried_again() -> None:
    world = World()
    pager = world.add("pager")
    pager.error = KeyError("secret")
    async with world.running():
        world.say("75%")
        await until(lambda: pager.attempts == 1)
        assert "secret" not in (world.loops["pager"].state.error or "")
        pager.error = None
        await until(lambda: bool(world.heard))


async def test_a_stop_waits_for_the_delivery_under_way_and_its_log() -> None:
    world = World()
    pager = world.add("pager")
    pager.answers.clear()
    async with world.running():
        world.say("75%")
        await until(lambda: pager.attempts == 1)
        stop = asyncio.create_task(world.loops["pager"].stop(timedelta(seconds=5)))
        await asyncio.sleep(0.02)
        assert not stop.done()
        pager.answers.set()
        await stop

    assert world.events == ["pager hears 75%", "pager logged 75%"]


async def test_a_stop_does_not_wait_for_a_hanging_channel_beyond_its_patience() -> None:
    world = World()
    pager = world.add("pager")
    pager.answers.clear()
    async with world.running():
        world.say("75%")
        await until(lambda: pager.attempts == 1)
        await world.loops["pager"].stop(timedelta(seconds=0.05))

    assert world.events == []


async def test_a_stop_that_finds_a_channel_waiting_to_try_again_is_immediate() -> None:
    world = World()
    pager = world.add("pager")
    pager.error = SendFailed("429", timedelta(hours=1))
    async with world.running():
        world.say("75%")
        await until(lambda: world.loops["pager"].state.state == "failing")
        async with asyncio.timeout(2):
            await world.loops["pager"].stop(timedelta(seconds=5))

    assert pager.attempts == 1


async def test_a_stopped_channel_begins_nothing() -> None:
    world = World()
    pager = world.add("pager")
    async with world.running():
        await world.loops["pager"].stop(timedelta(seconds=1))
        world.say("75%")
        await asyncio.sleep(0.03)

    assert pager.attempts == 0


async def test_a_bug_in_what_is_due_or_in_the_log_does_not_end_the_channel() -> None:
    world = World()
    pager = world.add("pager")
    world.heard = Broken()
    async with world.running():
        world.say("75%")
        await until(lambda: world.loops["pager"].state.state == "failing")
        world.heard = {}
        await until(lambda: bool(world.heard))

    assert pager.attempts == 1


class Broken(dict[str, str]):
    def get(self, *_: object) -> str:
        raise RuntimeError("a bug")


@pytest.mark.parametrize("failures", [1, 5, 50])
def test_the_wait_grows_and_is_bounded(failures: int) -> None:
    waits = [channel_delay(failures, None, random.Random(seed)) for seed in range(200)]  # noqa: S311
    longest = min(LONGEST_WAIT, timedelta(seconds=2 ** min(failures, 20)))

    assert all(timedelta(seconds=0.5) <= wait <= longest for wait in waits)
    assert max(waits) > longest * 0.9
