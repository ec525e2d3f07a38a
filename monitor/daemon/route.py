"""The way to a channel's people: its own sender, and when that is given up, the senders of its fallbacks."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from monitor.core.channels import ChannelState, Message
from monitor.daemon.retry import channel_delay
from monitor.daemon.senders.failures import SendFailed

log = structlog.get_logger()

# What a fallback hears by itself is on its way to it: by then it may be there.
LOOK_AGAIN = timedelta(seconds=5)


class Sends(Protocol):
    async def send(self, message: Message) -> None:
        """Deliver; raises SendFailed."""


@dataclass(slots=True)
class _Way:
    """One sender, how often it failed in a row, and when it may be tried again, in seconds of the timer."""

    name: str
    sender: Sends
    failures: int = 0
    opens: float = 0.0


class Route:
    """Knows what may be tried when. `state` is that of the channel itself, whoever was told in its place.

    `clock` tells the time, for the state; `timer` counts seconds, steadily, for the waits. `changed` is called when the
    channel begins to fail, fails for another reason, or delivers again.
    """

    def __init__(
        self,
        state: ChannelState,
        sender: Sends,
        fallbacks: Mapping[str, Sends],
        clock: Callable[[], datetime],
        rng: random.Random,
        *,
        timer: Callable[[], float] = time.monotonic,
        changed: Callable[[ChannelState], None] = lambda _: None,
    ) -> None:
        self.state = state
        self._own = _Way(state.name, sender, state.failures, timer())
        self._fallbacks = tuple(_Way(name, other, 0, timer()) for name, other in fallbacks.items())
        self._clock = clock
        self._rng = rng
        self._timer = timer
        self._changed = changed

    def rest(self) -> float:
        """Return for how many seconds there is nothing to try."""
        now = self._timer()
        waits = [self._own.opens - now]
        left = self.state.given_up_in(self._clock())
        if left is not None:
            waits += [max(way.opens - now, left.total_seconds()) for way in self._fallbacks]
        return max(min(waits), 0.0)

    async def send(self, write: Callable[[str], Message | None]) -> str:
        """Deliver by the first way that is open and takes it, and return the name of that channel.

        `write` gives the message for a channel, or None where a fallback need not be told.

        Raises:
            SendFailed: none did.
        """
        failure = SendFailed("there was nothing to try")
        message = write(self._own.name)
        if self._own.opens <= self._timer() and message is not None:
            try:
                await self._own.sender.send(message)
            except SendFailed as error:
                self._failed(error)
                failure = error
            else:
                self._delivered()
                return self._own.name
        for way in self._fallbacks if self.state.given_up_in(self._clock()) == timedelta() else ():
            message = write(way.name)
            if message is None:
                way.opens = max(way.opens, self._timer() + LOOK_AGAIN.total_seconds())
                return way.name
            if way.opens <= self._timer():
                try:
                    await way.sender.send(self._in_place(message))
                except SendFailed as error:
                    self._close(way, error)
                    failure = error
                else:
                    way.failures = 0
                    return way.name
        raise failure

    def broke(self, reason: str) -> None:
        """Note a fault of our own, before or after the sending: no way is of use until that has passed."""
        error = SendFailed(reason)
        for way in self._fallbacks:
            self._close(way, error)
        self._failed(error)

    def _failed(self, error: SendFailed) -> None:
        if error.reason != self.state.error:
            again = "it is tried again every hour" if error.permanent else "it is tried again until it answers"
            log.error(f"channel failed; {again}", channel=self._own.name, reason=error.reason)
        self._close(self._own, error)
        self._become(self.state.failed(error.reason, self._clock(), permanent=error.permanent))

    def _delivered(self) -> None:
        if self.state.failures:
            log.info("channel delivers again", channel=self._own.name)
        self._own.failures = 0
        self._become(self.state.delivered(self._clock()))

    def _become(self, state: ChannelState) -> None:
        before, self.state = self.state, state
        if (before.state, before.error, before.permanent) != (state.state, state.error, state.permanent):
            try:
                self._changed(state)
            except Exception:
                log.exception("a bug in who is told how the channel does; the channel goes on", channel=state.name)

    def _close(self, way: _Way, error: SendFailed) -> None:
        way.failures += 1
        wait = channel_delay(way.failures, error.retry_after, self._rng, permanent=error.permanent)
        way.opens = self._timer() + wait.total_seconds()

    def _in_place(self, message: Message) -> Message:
        first = f"Said here in place of {self._own.name}, which fails: {self.state.error}."
        return replace(message, body=f"{first}\n{message.body}".strip())
