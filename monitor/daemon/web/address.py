"""Where the web server listens: `host:port`, or `unix:/path` for a proxy on the same machine."""

import asyncio
import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx

from monitor.daemon.settings.web import UNIX

BACKLOG = 128
ANSWERS_WITHIN = 3.0


async def opened(listen: str, connection: Callable[[], asyncio.BaseProtocol]) -> asyncio.Server:
    """Return the server that listens there.

    Raises:
        OSError: the address is taken, not ours, or not allowed.
    """
    loop = asyncio.get_running_loop()
    if listen.startswith(UNIX):
        path = listen.removeprefix(UNIX)
        await _not_of_another(path)
        server = await loop.create_unix_server(connection, path, backlog=BACKLOG)
        _shared_with_group(path)
        return server
    host, _, port = listen.rpartition(":")
    return await loop.create_server(connection, host.strip("[]"), int(port), backlog=BACKLOG)


async def why_not(listen: str) -> str | None:
    """Return why nothing can listen there now, None if it can; the address is free again afterwards."""
    try:
        if listen.startswith(UNIX):
            return await _why_no_socket(listen.removeprefix(UNIX))
        server = await opened(listen, asyncio.Protocol)
    except OSError as error:
        return error.strerror or str(error)
    server.close()
    await server.wait_closed()
    return None


async def is_served(listen: str, *, secure: bool) -> bool:
    """Tell whether a spend-monitor answers there. It is shown nothing, so its certificate may be anyone's."""
    socket = listen.removeprefix(UNIX) if listen.startswith(UNIX) else None
    host = "localhost" if socket else listen.replace("0.0.0.0:", "127.0.0.1:").replace("[::]:", "[::1]:")
    transport = httpx.AsyncHTTPTransport(verify=False, uds=socket)
    try:
        async with httpx.AsyncClient(transport=transport, timeout=ANSWERS_WITHIN) as client:
            answer = await client.get(f"{'https' if secure else 'http'}://{host}/healthz")
        return "overdue" in answer.json()
    except (httpx.HTTPError, ValueError, TypeError):
        return False


def leave(listen: str) -> None:
    """Take what stands for a Unix socket out of its folder."""
    if listen.startswith(UNIX):
        with suppress(OSError):
            Path(listen.removeprefix(UNIX)).unlink()


async def _not_of_another(path: str) -> None:
    """Refuse a socket at which somebody answers; one that was left behind by a crash is replaced."""
    with suppress(ConnectionRefusedError, FileNotFoundError):
        _, writer = await asyncio.open_unix_connection(path)
        writer.close()
        await writer.wait_closed()
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


async def _why_no_socket(path: str) -> str | None:
    await _not_of_another(path)
    return None if os.access(os.path.dirname(path), os.W_OK | os.X_OK) else os.strerror(errno.EACCES)  # noqa: PTH120


def _shared_with_group(path: str) -> None:
    """Let the owner and the group connect: that is whom the proxy runs as."""
    Path(path).chmod(0o660)
