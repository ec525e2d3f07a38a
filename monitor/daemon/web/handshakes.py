"""A connection until its TLS handshake is over: it is one of the crowd from its first byte, and has as little time."""

import asyncio
import ssl
from asyncio.sslproto import SSLProtocol
from collections.abc import Callable

from monitor.daemon.web.connections import TAKE_WITHIN, Connection, Crowd

# asyncio keeps this many bytes for each TLS connection, and by itself 256 KiB: a crowd would take 160 MiB in all. What
# is sent at once is a record, of at most 16 KiB: https://www.rfc-editor.org/rfc/rfc8446#section-5.1
SSLProtocol.max_size = 32_768


class Handshake(asyncio.Protocol):
    """asyncio's own TLS server tells of a connection only after the handshake: who never ends one is not seen."""

    def __init__(self, context: ssl.SSLContext, crowd: Crowd, connection: Callable[[], Connection]) -> None:
        self._context = context
        self._crowd = crowd
        self._connection = connection
        self._early = bytearray()
        self._shaking: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._shaking = asyncio.get_running_loop().create_task(self._shake())
        self._crowd.arrives(self)

    def data_received(self, data: bytes) -> None:
        """Keep what came in the same moment as the end of the handshake."""
        self._early += data

    def leave(self) -> None:
        self._transport.abort()

    async def _shake(self) -> None:
        loop, transport = asyncio.get_running_loop(), self._transport
        try:
            if transport.is_closing():
                return
            secure = await loop.start_tls(
                transport, self, self._context, server_side=True, ssl_shutdown_timeout=TAKE_WITHIN
            )
        except OSError:
            return
        finally:
            self._crowd.is_in(self)
        if secure is None or secure.is_closing():
            return
        connection = self._connection()
        secure.set_protocol(connection)
        connection.connection_made(secure)
        if self._early:
            connection.data_received(bytes(self._early))
