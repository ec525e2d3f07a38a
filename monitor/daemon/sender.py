"""One channel's way out: each attempt in a thread of its own, which can hold up neither the others nor the exit."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import structlog

from monitor.core.channels import Message
from monitor.daemon.senders.failures import SendFailed, Trace
from monitor.daemon.senders.pictures import Behind, Way, drawn, way_of
from monitor.daemon.senders.plugins import Service, build, check_url
from monitor.daemon.senders.scrub import scrubber
from monitor.daemon.senders.words import fit

__all__ = ["SendFailed", "Sender", "check_url"]

MAX_ABANDONED = 3
# How long a delivery that came too late still counts for an equal message.
REMEMBERED = timedelta(minutes=30)

T = TypeVar("T")

log = structlog.get_logger()


class _Attempt:
    """One try to deliver one message; it may outlive our patience, and then still succeed."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self.running = True
        self.delivered_at: float | None = None

    def fresh(self) -> bool:
        """Return whether it was delivered, not long ago."""
        return self.delivered_at is not None and time.monotonic() - self.delivered_at < REMEMBERED.total_seconds()


class Sender:
    """Sends the messages of one channel, with their `pictures` where that is asked for and the service takes them.

    Raises SendFailed, whose reason holds no part of the address.
    """

    def __init__(
        self, name: str, url: str, *, deadline: timedelta, redact: Callable[[str], str], pictures: bool = False
    ) -> None:
        self.name = name
        self._url = url
        self._deadline = deadline
        self._scrub = scrubber(url, redact)
        self._service: Service | None = None
        self._abandoned: list[_Attempt] = []
        self._pictures = pictures
        self._way: Way | None = None
        self._behind = Behind(name, url, deadline, self._scrub)
        self._plain = False  # The last attempt with a picture in it did not end: the next goes without.

    async def load(self) -> None:
        """Import the service's plugin, in a thread."""
        self._service = await _in_thread(f"load-{self.name}", lambda: build(self._url, self._deadline))
        if self._service.recipients > 1:
            log.warning(
                "one address names several recipients: where only some are reached, the others are not tried again; "
                "give each an address of its own",
                channel=self.name,
                recipients=self._service.recipients,
            )
        if self._pictures:
            self._way = way_of(self._service)
            if self._way is None:
                log.warning("pictures are asked for, and none can be sent to this service", channel=self.name)

    async def send(self, message: Message) -> None:
        """Deliver the message, or raise SendFailed before long."""
        if self._service is None:
            await self.load()
        if self._delivered_late(message):
            return
        if len(self._abandoned) >= MAX_ABANDONED:
            raise SendFailed(f"{MAX_ABANDONED} earlier attempts still hang")
        attempt = _Attempt(message)
        seconds = self._deadline.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                await _in_thread(f"send-{self.name}", lambda: self._deliver(attempt))
        except TimeoutError:
            self._plain = True
            self._abandoned.append(attempt)
            raise SendFailed(f"no answer within {seconds:g} s") from None
        except asyncio.CancelledError:
            self._abandoned.append(attempt)
            raise
        self._plain = False
        if self._way is Way.BEHIND and message.picture is not None:
            self._behind.send(message.picture, message.tone.value)

    def _delivered_late(self, message: Message) -> bool:
        """Return whether an attempt given up for lost has brought this message after all, and forget the ended ones."""
        ended = [attempt for attempt in self._abandoned if not attempt.running]
        self._abandoned = [attempt for attempt in self._abandoned if attempt.running]
        return any(attempt.message == message and attempt.fresh() for attempt in ended)

    def _deliver(self, attempt: _Attempt) -> None:
        """Run in the thread."""
        assert self._service is not None  # noqa: S101
        message, tone = attempt.message, attempt.message.tone.value
        title, body = fit(message, self._service, cut="overflow=" not in self._url)
        within = self._way is Way.WITHIN and not self._plain
        try:
            picture = drawn(message.picture, self.name) if within else None
            with Trace() as trace:
                accepted = self._service.post(title, body, tone, picture)
            if picture is not None and not accepted and not trace.reached_some():
                log.warning("a mail with a picture was refused; it goes without", channel=self.name)
                with Trace() as trace:
                    accepted = self._service.post(title, body, tone)
            if not accepted or trace.redirected():
                self._judge(self._service, trace)
            attempt.delivered_at = time.monotonic()
        finally:
            attempt.running = False

    def _judge(self, service: Service, trace: Trace) -> None:
        """Raise SendFailed, unless some of several recipients were reached: they must not hear it again."""
        failure = trace.failure(self._scrub)
        if service.recipients == 1 or trace.redirected() or not trace.reached_some():
            raise failure
        log.error("some recipients of the channel were not reached", channel=self.name, reason=failure.reason)


async def _in_thread(name: str, work: Callable[[], T]) -> T:
    """Await work in a daemon thread; left alone when nobody waits any more."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)  # type: ignore[arg-type]
        else:
            future.set_exception(error)

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except SendFailed as failure:
            error = failure
        except Exception as bug:  # A plugin may raise anything, with an address in it.  # noqa: BLE001
            error = SendFailed(f"the plugin broke: {type(bug).__name__}")
        with contextlib.suppress(RuntimeError):  # The loop is closed: nobody waits.
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await future
