"""One channel's own loop: what is due goes out, a failure waits by itself and holds up nobody."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

import structlog

from monitor.core.alerting.in_place import in_place, known_there
from monitor.core.alerting.notifications import Notification
from monitor.core.channels import Channel, ChannelState, Message
from monitor.daemon.hold import Hold
from monitor.daemon.route import Route
from monitor.daemon.senders.failures import SendFailed

log = structlog.get_logger()


class Delivery:
    """Tells one channel what is true now, each time that it is woken, until it is stopped.

    There is no queue: after an outage, or a hold, the channel hears one message of today. The log is written after the
    delivery, so that a crash between the two repeats a message and never loses one. What a fallback was told in the
    channel's place is logged as told to the channel, which need not hear it again; so is what it hears by itself.

    `attempted` hears of each attempt: what was due, by which channel, and the error where it was not taken.
    """

    def __init__(
        self,
        channel: Channel,
        route: Route,
        hold: Hold,
        due: Callable[[Channel], Sequence[Notification]],
        told: Callable[[Sequence[Notification]], Awaitable[None]],
        write: Callable[[Sequence[Notification]], Message],
        *,
        fallbacks: Mapping[str, Channel] = MappingProxyType({}),
        attempted: Callable[[Sequence[Notification], str, str | None], None] = lambda _due, _by, _error: None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._channel = channel
        self._route = route
        self._hold = hold
        self._due = due
        self._told = told
        self._write = write
        self._fallbacks = fallbacks
        self._attempted = attempted
        self._pause = pause
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False

    @property
    def state(self) -> ChannelState:
        return self._route.state

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        while not self._stopping:
            await self._woken.wait()
            await self._held()
            await self._pause(self._route.rest())
            self._woken.clear()
            if not self._stopping:
                self._idle.clear()
                try:
                    await self._deliver()
                finally:
                    self._idle.set()

    async def stop(self, patience: timedelta) -> None:
        """Let a delivery that is under way end and be logged, for as long as `patience`. No hold is waited for."""
        self._stopping = True
        self._woken.set()
        try:
            async with asyncio.timeout(patience.total_seconds()):
                await self._idle.wait()
        except TimeoutError:
            log.warning(
                "a delivery was cut off by the stop; it will be said at the next start", channel=self._channel.name
            )

    async def _held(self) -> None:
        """Wait until the hold is over; an emergency cuts it short, however long it has grown."""
        while left := self._hold.left():
            await self._pause(min(left, self._hold.shortest))
            if self._is_urgent():
                return

    def _is_urgent(self) -> bool:
        try:
            return any(note.is_urgent for note in self._due(self._channel))
        except Exception:  # It is met again, and said, when the hold is over.  # noqa: BLE001
            return False

    async def _deliver(self) -> None:
        """Tell what is due; come back by itself after a failure."""
        try:
            due = self._due(self._channel)
            if due:
                await self._tell(due)
        except Exception as error:
            log.exception("delivery hit a bug; the channel goes on", channel=self._channel.name)
            self._route.broke(f"a bug in spend-monitor ({type(error).__name__}); see the log")
            self.wake()

    async def _tell(self, due: Sequence[Notification]) -> None:
        try:
            by = await self._route.send(lambda name: self._message(self._for(name, due)))
        except SendFailed as error:
            self.wake()
            self._attempted(due, self._channel.name, error.reason)
            await self._told(())  # Nothing was; but since when the channel fails is saved with it.
            return
        said = self._for(by, due)
        fallback = self._fallbacks.get(by)
        told = said if fallback is None else (*said, *known_there(due, fallback, self._due(fallback)))
        if said:
            self._hold.begin()
        if len(told) < len(due):
            self.wake()
        if told:
            await self._told(told)
        if said:
            self._attempted(said, by, None)
        for note in told:
            log.info("told", channel=self._channel.name, by=by, reason=note.reason.value, alert=note.alert.key)

    def _for(self, name: str, due: Sequence[Notification]) -> Sequence[Notification]:
        return due if name == self._channel.name else in_place(due, self._fallbacks[name])

    def _message(self, notes: Sequence[Notification]) -> Message | None:
        return self._write(notes) if notes else None
