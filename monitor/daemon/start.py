"""The start of the daemon: the first account is asked while all that makes sense of the answer is still imported."""

import asyncio
import gc
import signal
import ssl
from concurrent.futures import Future
from datetime import UTC, datetime
from importlib import import_module

import structlog

from monitor.core.errors import SnapshotError
from monitor.core.spending.readings import Observation
from monitor.daemon.accounts import sources_of
from monitor.daemon.folder import Lock
from monitor.daemon.redact import Redactor
from monitor.daemon.settings import Settings
from monitor.daemon.sources import Source

log = structlog.get_logger()

# By then a request to a near host has left; one that shakes hands over TLS goes on beside the imports.
TO_LEAVE_SECONDS = 0.02


class Ahead:
    """A source that was asked before anyone was there to hear: the first fetch gets that answer."""

    def __init__(self, source: Source, now: datetime) -> None:
        self._source = source
        self._first: asyncio.Task[Observation] | None = asyncio.create_task(source.fetch(now))

    async def leave(self) -> None:
        """Wait until the request has left, or the answer is there."""
        if self._first is not None:
            await asyncio.wait({self._first}, timeout=TO_LEAVE_SECONDS)

    async def fetch(self, now: datetime) -> Observation:
        """Return what the source tells; raises as the source does."""
        first, self._first = self._first, None
        return await (self._source.fetch(now) if first is None else first)

    async def close(self) -> None:
        if self._first is not None:
            self._first.cancel()
            await asyncio.wait({self._first})
        await self._source.close()


async def serve(settings: Settings, redact: Redactor, certificates: Future[ssl.SSLContext]) -> int:
    """Run the daemon until SIGTERM or SIGINT; return the exit code."""
    lock = Lock(settings.state_dir)
    try:
        lock.take()
    except SnapshotError as error:
        log.error("cannot start", error=str(error))  # noqa: TRY400 - the message says it all, a traceback would hide it.
        return 3
    ssl_context = certificates.result()
    sources = dict(sources_of(settings, redact, lambda: datetime.now(UTC), ssl_context))
    name = next(iter(sources))
    ahead = Ahead(sources[name], datetime.now(UTC))
    await ahead.leave()
    app_module = await asyncio.to_thread(import_module, "monitor.daemon.app")
    app = app_module.App(settings, redact, ssl_context=ssl_context, sources={**sources, name: ahead}, lock=lock)
    gc.freeze()  # What is imported stays: it need not be looked through again and again.
    gc.enable()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, app.stop)
    await app.run()
    return 0
