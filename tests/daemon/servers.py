"""A real HTTP server on a loopback socket that answers what a test tells it to, byte by byte if need be."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    every: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """All values of each parameter; `query` has the first."""


@dataclass(frozen=True, slots=True)
class Reply:
    """`drip`: seconds before each byte; `promised`: a Content-Length other than the truth; `hang`: never answer.

    `keep`: leave the connection open for another request.
    """

    body: object = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: float = 0
    promised: int | None = None
    hang: bool = False
    keep: bool = False

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Script = Callable[[Request], Reply]


class Server:
    """Answers each path from `replies` (a Reply or a function of the request); what is not there is a 404."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply | Script] = {}
        self.requests: list[Request] = []
        self.port = 0
        self.connections = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        return f"{self.origin}/v1"

    def asked(self, path: str) -> list[Mapping[str, str]]:
        """Return the queries of the requests to a path."""
        return [request.query for request in self.requests if request.path == path]

    @contextlib.asynccontextmanager
    async def running(self, certificate: ssl.SSLContext | None = None) -> AsyncIterator["Server"]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=certificate)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await self.hang_up()
            await server.wait_closed()

    async def hang_up(self) -> None:
        """Close the connections that stand."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._serve(reader, writer):
                pass
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        self._tasks.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; return whether another may follow."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ", 2)
        pairs = (line.split(":", 1) for line in head[1:] if ":" in line)
        headers = {name.strip().lower(): value.strip() for name, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        url = urlsplit(target)
        every = parse_qs(url.query)
        query = {name: values[0] for name, values in every.items()}
        request = Request(method, url.path, query, headers, body, every)
        self.requests.append(request)
        found = self.replies.get(url.path, Reply({"error": "Not Found"}, 404))
        reply = found if isinstance(found, Reply) else found(request)
        if reply.hang:
            await asyncio.sleep(60)
        content = reply.content
        told = {"Content-Type": "application/json", "Content-Length": str(reply.promised or len(content))}
        lines = [f"HTTP/1.1 {reply.status} X", *(f"{n}: {v}" for n, v in {**told, **reply.headers}.items())]
        lines += [] if reply.keep else ["Connection: close"]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        for piece in [content] if not reply.drip else [bytes([byte]) for byte in content]:
            await asyncio.sleep(reply.drip)
            writer.write(piece)
            await writer.drain()
        return reply.keep
