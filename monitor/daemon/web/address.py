"""Where the web server listens: `host:port`, or `unix:/path` for a proxy on the same machine."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from monitor.daemon.settings.web import UNIX

BACKLOG = 128
HANDSHAKE_WITHIN = 10.0


async def opened(
    listen: str, connection: Callable[[], asyncio.BaseProtocol], context: ssl.SSLContext | None = None
) -> asyncio.Server:
    """Return the server that listens there.

    Raises:
        OSError: the address is taken, not ours, or not allowed.
    """
    loop = asyncio.get_running_loop()
    within = HANDSHAKE_WITHIN if context else None
    if listen.startswith(UNIX):
        path = listen.removeprefix(UNIX)
        server = await loop.create_unix_server(
            connection, path, backlog=BACKLOG, ssl=context, ssl_handshake_timeout=within
        )
        _shared_with_group(path)
        return server
    host, _, port = listen.rpartition(":")
    return await loop.create_server(
        connection, host.strip("[]"), int(port), backlog=BACKLOG, ssl=context, ssl_handshake_timeout=within
    )


async def why_not(listen: str) -> str | None:
    """Return why nothing can listen there now, None if it can; the address is free again afterwards."""
    try:
        server = await opened(listen, asyncio.Protocol)
    except OSError as error:
        return error.strerror or str(error)
    server.close()
    await server.wait_closed()
    return None


def leave(listen: str) -> None:
    """Take what stands for a Unix socket out of its folder."""
    if listen.startswith(UNIX):
        with suppress(OSError):
            Path(listen.removeprefix(UNIX)).unlink()


def _shared_with_group(path: str) -> None:
    """Let the owner and the group connect: that is whom the proxy runs as."""
    Path(path).chmod(0o660)
