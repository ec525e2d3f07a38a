"""The listening side: an address that is taken is tried again, and nothing else waits for it."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import structlog
from uvicorn import Config

from monitor.daemon.settings.web import UNIX
from monitor.daemon.web.address import leave, opened
from monitor.daemon.web.connections import LARGEST_HEAD, Connection, Crowd
from monitor.daemon.web.handshakes import Handshake

log = structlog.get_logger()

RETRY_SECONDS = 10.0
# How long answers that are under way may take to end at a stop.
LEAVE_WITHIN = 1.0


class Server:
    """Serves `site` at `listen`. uvicorn's own server takes the signals and ends the process where a port is taken."""

    def __init__(
        self,
        listen: str,
        site: Any,
        proxies: tuple[str, ...] = (),
        certificate: Callable[[], ssl.SSLContext] | None = None,
        *,
        opened: asyncio.Event | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._listen = listen
        self._certificate = certificate
        self._pause = pause
        self._crowd = Crowd()
        self._server: asyncio.Server | None = None
        trusted = "*" if listen.startswith(UNIX) and "unix" in proxies else [p for p in proxies if p != "unix"]
        self._config = Config(
            site,
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=trusted,
            timeout_keep_alive=5,
            h11_max_incomplete_event_size=LARGEST_HEAD,
        )
        self.address = ""
        self.opened = opened or asyncio.Event()

    async def run(self) -> None:
        """Open the address, again and again until it can be, and serve until cancelled."""
        # What strangers send must not fill the log; what the site itself gets wrong is logged by its guard.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        refused: str | None = None
        while self._server is None:
            try:
                context = self._certificate() if self._certificate else None
                self._server = await opened(self._listen, partial(self._taken, context))
            except OSError as error:
                if str(error) != refused:
                    refused = str(error)
                    log.error(  # noqa: TRY400 - the message says it all.
                        "the web address cannot be used; watching goes on, and it is tried again",
                        address=self._listen,
                        error=error.strerror or refused,
                    )
                await self._pause(RETRY_SECONDS)
        self.address = _spoken(self._listen, self._server, secure=self._certificate is not None)
        log.info("web", address=self.address)
        self.opened.set()
        await self._server.serve_forever()

    async def stop(self) -> None:
        """Take no more, and let what is under way end for a moment."""
        if self._server is None:
            return
        self._server.close()
        await asyncio.sleep(0)  # What was taken in this moment becomes a connection, and is ended with the others.
        for connection in list(self._crowd.connections):
            connection.shutdown()
        if self._crowd.tasks:
            await asyncio.wait(self._crowd.tasks, timeout=LEAVE_WITHIN)
        for connection in list(self._crowd.connections):
            connection.transport.abort()
        for guest in list(self._crowd.arriving):
            guest.leave()
        for task in list(self._crowd.tasks):
            task.cancel()
        leave(self._listen)

    def _taken(self, context: ssl.SSLContext | None) -> asyncio.Protocol:
        """Return what speaks with who was taken; with a certificate the handshake comes first."""
        return self._connection() if context is None else Handshake(context, self._crowd, self._connection)

    def _connection(self) -> Connection:
        return Connection(self._config, self._crowd, asyncio.get_running_loop())


def _spoken(listen: str, server: asyncio.Server, *, secure: bool) -> str:
    """Return the address as a browser takes it, with the port that was given."""
    if listen.startswith(UNIX):
        return listen
    host = listen.rpartition(":")[0]
    return f"{'https' if secure else 'http'}://{host}:{server.sockets[0].getsockname()[1]}"
