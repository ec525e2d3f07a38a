"""Channels whose far ends, and whose time, are ours: nothing here waits for real."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.notifications import Notification, Reason, hears_of
from monitor.core.budgets import Severity
from monitor.core.channels import Channel, ChannelState, Message, Tone
from monitor.daemon.delivery import Delivery
from monitor.daemon.hold import Hold
from monitor.daemon.route import Route
from tests.core.story import START


class Late(random.Random):
    """Draws one: the longest wait that jitter can give, which is 2 s after the first failure."""

    def random(self) -> float:
        return 1.0


class Time:
    """Stands still until it is told to pass; who waits is woken in the order of the waits."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._waiting: list[tuple[float, asyncio.Future[None]]] = []

    def timer(self) -> float:
        return self.seconds

    def clock(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    async def pause(self, seconds: float) -> None:
        if seconds <= 0:
            return
        until: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((self.seconds + seconds, until))
        await until

    async def pass_by(self, span: timedelta = timedelta()) -> None:
        """Let that much time go by, and all happen that happens in it."""
        end = self.seconds + span.total_seconds()
        await _settle()
        while due := [entry for entry in self._waiting if entry[0] <= end and not entry[1].done()]:
            until, waiter = min(due, key=lambda entry: entry[0])
            self.seconds = max(self.seconds, until)
            self._waiting.remove((until, waiter))
            waiter.set_result(None)
            await _settle()
        self.seconds = end


async def _settle() -> None:
    """Let every task run until it waits for us."""
    for _ in range(30):
        await asyncio.sleep(0)


class Peer:
    """A channel's far end: down while `error` is set, and it answers when `answers` is."""

    def __init__(self, time: Time) -> None:
        self._time = time
        self.error: Exception | None = None
        self.attempts: list[float] = []
        self.heard: list[Message] = []
        self.answers = asyncio.Event()
        self.answers.set()

    @property
    def titles(self) -> list[str]:
        return [message.title for message in self.heard]

    async def send(self, message: Message) -> None:
        self.attempts.append(self._time.seconds)
        await self.answers.wait()
        if self.error:
            raise self.error
        self.heard.append(message)


class World:
    """What is true now is `says`, by account; a channel is due to hear it when it was told something else."""

    def __init__(self, group_wait: timedelta = timedelta()) -> None:
        self.time = Time()
        self.says: dict[str, str] = {}
        self.logged: dict[str, dict[str, str]] = {}
        self.peers: dict[str, Peer] = {}
        self.loops: dict[str, Delivery] = {}
        self.channels: dict[str, Channel] = {}
        self.changes: list[ChannelState] = []
        self.broken = False
        self.urgent = False
        self.asked = 0
        self.saved = 0
        self._group_wait = group_wait

    def add(self, name: str, *fallbacks: str, state: ChannelState | None = None, hears: bool = True) -> Peer:
        """Return the far end of a channel, whose fallbacks are there already; its loop is new, as after a restart.

        One that hears nothing by itself is there to be a fallback.
        """
        channel = self.channels[name] = Channel(name, rules=None if hears else frozenset())
        self.peers.setdefault(name, Peer(self.time))
        self.logged.setdefault(name, {})
        route = Route(
            state or ChannelState(name),
            self.peers[name],
            {other: self.peers[other] for other in fallbacks},
            self.time.clock,
            Late(),
            timer=self.time.timer,
            changed=lambda state: self.changes.append(state),
        )
        hold = Hold(self._group_wait, self.time.timer, at_once=1)
        self.loops[name] = Delivery(
            channel,
            route,
            hold,
            self.due,
            self.told,
            self.write,
            fallbacks={other: self.channels[other] for other in fallbacks},
            pause=self.time.pause,
        )
        return self.peers[name]

    def state(self, name: str) -> ChannelState:
        return self.loops[name].state

    async def say(self, what: str, account: str = "a", *, after: timedelta = timedelta()) -> None:
        """Make that true, wake all, and let the time pass until nothing more happens or `after` is over."""
        self.says[account] = what
        for loop in self.loops.values():
            loop.wake()
        await self.time.pass_by(after)

    def due(self, channel: Channel) -> Sequence[Notification]:
        self.asked += 1
        if self.broken:
            raise RuntimeError("a bug")
        logged = self.logged[channel.name]
        severity = Severity.EMERGENCY if self.urgent else Severity.WARNING
        alerts = [
            Alert(account, Rule.THRESHOLD, account, severity, what, self.time.clock())
            for account, what in self.says.items()
            if logged.get(account, "") != what
        ]
        return [Notification(channel.name, alert, Reason.FIRST) for alert in alerts if hears_of(channel, alert)]

    async def told(self, due: Sequence[Notification]) -> None:
        self.saved += 1
        for note in due:
            self.logged[note.channel][note.alert.key] = note.alert.summary

    def write(self, due: Sequence[Notification]) -> Message:
        return Message(" ".join(note.alert.summary for note in due), "the body", Tone.WARNING)

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
