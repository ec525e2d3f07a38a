"""One channel's own loop: what is due goes out, a failure waits by itself and holds up nobody."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from monitor.core.channels import Channel, ChannelState, Message
from monitor.core.notifications import Notification
from monitor.daemon.retry import channel_delay
from monitor.daemon.senders.failures import SendFailed

log = structlog.get_logger()


class Sends(Protocol):
    async def send(self, message: Message) -> None:
        """Deliver; raises SendFailed."""


class Delivery:
    """Tells one channel what is true now, each time that it is woken, until it is stopped.

    There is no queue: after an outage the channel hears one message of today. The log is written after the delivery,
    so that a crash between the two repeats a message and never loses one.
    """

    def __init__(
        self,
        channel: Channel,
        sender: Sends,
        due: Callable[[Channel], Sequence[Notification]],
        told: Callable[[Sequence[Notification]], Awaitable[None]],
        write: Callable[[Sequence[Notification]], Message],
        clock: Callable[[], datetime],
        rng: random.Random,
    ) -> None:
        self.state = ChannelState(channel.name)
        self._channel = channel
        self._sender = sender
        self._due = due
        self._told = told
        self._write = write
        self._clock = clock
        self._rng = rng
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        while not self._stopping:
            await self._woken.wait()
            self._woken.clear()
            if not self._stopping:
                self._idle.clear()
                try:
                    wait = await self._deliver()
                finally:
                    self._idle.set()
                if wait is not None:
                    await asyncio.sleep(wait.total_seconds())
                    self._woken.set()

    async def stop(self, patience: timedelta) -> None:
        """Let a delivery that is under way end and be logged, for as long as `patience`."""
        self._stopping = True
        self._woken.set()
        try:
            async with asyncio.timeout(patience.total_seconds()):
                await self._idle.wait()
        except TimeoutError:
            log.warning(
                "a delivery was cut off by the stop; it will be said at the next start", channel=self._channel.name
            )

    async def _deliver(self) -> timedelta | None:
        """Send what is due and log it; return how long to wait after a failure."""
        try:
            due = self._due(self._channel)
            if due:
                await self._sender.send(self._write(due))
                self._delivered()
                await self._told(due)
        except SendFailed as error:
            return self._failed(error.reason, error.retry_after)
        except Exception as error:
            log.exception("delivery hit a bug; the channel goes on", channel=self._channel.name)
            return self._failed(f"a bug in spend-monitor ({type(error).__name__}); see the log", None)
        for note in due:
            log.info("told", channel=self._channel.name, reason=note.reason.value, alert=note.alert.key)
        return None

    def _delivered(self) -> None:
        if self.state.failures:
            log.info("channel delivers again", channel=self._channel.name)
        self.state = self.state.delivered(self._clock())

    def _failed(self, reason: str, retry_after: timedelta | None) -> timedelta:
        if reason != self.state.error:
            log.error("channel failed; it is tried again until it answers", channel=self._channel.name, reason=reason)
        self.state = self.state.failed(reason, self._clock())
        return channel_delay(self.state.failures, retry_after, self._rng)
