"""The listening side: who is slow holds up nobody, and an address that is taken stops nothing."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from monitor.daemon.web import connections
from monitor.daemon.web.address import opened, why_not
from monitor.daemon.web.server import Server
from tests.daemon.web.served import served


async def hello(scope: object, receive: object, send: object) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b"hello"})  # type: ignore[operator]


async def test_an_address_that_is_taken_is_tried_until_it_is_free() -> None:
    taken = socket.create_server(("127.0.0.1", 0))
    waits: list[float] = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            taken.close()

    server = Server(f"127.0.0.1:{taken.getsockname()[1]}", hello, pause=pause)
    running = asyncio.create_task(server.run())
    await server.opened.wait()
    async with httpx.AsyncClient() as client:
        answer = await client.get(server.address)
    await server.stop()
    running.cancel()

    assert (answer.text, len(waits)) == ("hello", 3)


async def test_a_unix_socket_is_served_and_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    server = Server(f"unix:{path}", hello)
    running = asyncio.create_task(server.run())
    await server.opened.wait()
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(path))) as client:
        answer = await client.get("http://localhost/")
    mode = path.stat().st_mode & 0o777
    await server.stop()
    running.cancel()

    assert (answer.text, mode) == ("hello", 0o660)
    assert not path.exists()


async def test_a_socket_of_another_daemon_is_left_alone(tmp_path: Path) -> None:
    listen = f"unix:{tmp_path / 'web.sock'}"
    free = await why_not(listen)
    server = Server(listen, hello)
    running = asyncio.create_task(server.run())
    await server.opened.wait()
    taken = await why_not(listen)
    with pytest.raises(OSError, match="Address already in use"):
        await opened(listen, asyncio.Protocol)
    await server.stop()
    running.cancel()

    assert (free, taken) == (None, "Address already in use")
    assert await why_not("unix:/nowhere/web.sock") == "Permission denied"


async def test_half_a_request_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "ASK_WITHIN", 0.05)
    async with served(tmp_path) as here:
        for begun in (b"", b"GET / HT", b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx"):
            reader, writer = await asyncio.open_connection("127.0.0.1", here.port)
            writer.write(begun)
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
            writer.close()


async def test_a_crowd_that_asks_nothing_makes_room_for_who_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 20)
    async with served(tmp_path) as here:
        crowd = [await asyncio.open_connection("127.0.0.1", here.port) for _ in range(100)]
        for _, writer in crowd[50:]:
            writer.write(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        answer = await here.client.get("/healthz")
        for _, writer in crowd:
            writer.close()

    assert answer.status_code == 200


async def test_what_is_no_http_is_answered_and_closed(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        for nonsense in (b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"x" * 40_000):
            reader, writer = await asyncio.open_connection("127.0.0.1", here.port)
            writer.write(nonsense + b"\r\n\r\n")
            answer = await reader.read()
            writer.close()
            head, _, body = answer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 400 Bad Request")
            assert b"application/problem+json" in head
            assert json.loads(body)["status"] == 400


async def who(scope: Any, receive: object, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": f"{scope['client'][0]} {scope['scheme']}".encode()})


FORWARDED = {"X-Forwarded-For": "6.6.6.6, 10.9.9.9", "X-Forwarded-Proto": "https"}


@pytest.mark.parametrize(
    ("proxies", "expected"),
    [
        ((), "127.0.0.1 http"),
        (("10.0.0.0/8",), "127.0.0.1 http"),
        (("127.0.0.1",), "10.9.9.9 https"),
        (("127.0.0.1", "10.0.0.0/8"), "6.6.6.6 https"),
    ],
)
async def test_only_a_proxy_that_is_named_says_who_asks(proxies: tuple[str, ...], expected: str) -> None:
    server = Server("127.0.0.1:0", who, proxies)
    running = asyncio.create_task(server.run())
    await server.opened.wait()
    async with httpx.AsyncClient() as client:
        answer = await client.get(server.address, headers=FORWARDED)
    await server.stop()
    running.cancel()

    assert answer.text == expected


@asynccontextmanager
async def served_with_tls() -> AsyncIterator[tuple[Server, ssl.SSLContext]]:
    """Give a server with a certificate, and what a client needs to trust it."""
    authority = trustme.CA()
    theirs = ssl.create_default_context()
    authority.configure_trust(theirs)

    def certificate() -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        return context

    server = Server("127.0.0.1:0", who, certificate=certificate)
    running = asyncio.create_task(server.run())
    await server.opened.wait()
    try:
        yield server, theirs
    finally:
        await server.stop()
        running.cancel()


class Shaking:
    """A client that sends the bytes of its handshake by hand."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname="127.0.0.1")

    def hello(self) -> bytes:
        with suppress(ssl.SSLWantReadError):
            self._tls.do_handshake()
        return self._outgoing.read()

    def end(self, answered: bytes, request: bytes) -> bytes | None:
        """Return the end of the handshake and a request in one piece; None where the server has more to say."""
        self._incoming.write(answered)
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return None
        self._tls.write(request)
        return self._outgoing.read()

    def read(self, answered: bytes) -> bytes | None:
        """Return what was said; None where that was not all of it."""
        self._incoming.write(answered)
        try:
            return self._tls.read()
        except ssl.SSLWantReadError:
            return None

    def bye(self) -> bytes:
        with suppress(ssl.SSLError):  # What is still to be read counts as one.
            self._tls.unwrap()
        return self._outgoing.read()


async def test_https_with_a_certificate_of_ones_own() -> None:
    async with served_with_tls() as (server, theirs), httpx.AsyncClient(verify=theirs) as client:
        answer = await client.get(server.address)

    assert (answer.text, server.address[:8]) == ("127.0.0.1 https", "https://")


async def test_a_request_in_one_piece_with_the_end_of_the_handshake_is_answered() -> None:
    async with served_with_tls() as (server, theirs):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(server.address.rpartition(":")[2]))
        client = Shaking(theirs)
        writer.write(client.hello())
        while (last := client.end(await reader.read(65_536), b"GET / HTTP/1.0\r\n\r\n")) is None:
            continue
        writer.write(last)
        while (answer := client.read(await reader.read(65_536))) is None:
            continue
        writer.write(client.bye())
        await reader.read()
        writer.close()

    assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("share", [0, 0.5, 1])
async def test_a_handshake_that_never_ends_is_not_waited_for(share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "ASK_WITHIN", 0.1)
    async with served_with_tls() as (server, theirs):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(server.address.rpartition(":")[2]))
        hello = Shaking(theirs).hello()
        writer.write(hello[: int(len(hello) * share)])
        with suppress(ConnectionResetError):
            while await reader.read(65_536):
                continue
        writer.close()


async def test_a_crowd_that_never_ends_its_handshake_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 20)
    async with served_with_tls() as (server, theirs):
        port = int(server.address.rpartition(":")[2])
        crowd = [await asyncio.open_connection("127.0.0.1", port) for _ in range(60)]
        for _, writer in crowd[30:]:
            writer.write(Shaking(theirs).hello()[:100])
        async with httpx.AsyncClient(verify=theirs) as client:
            answer = await client.get(server.address)
        closed = 0
        for reader, writer in crowd:
            with suppress(TimeoutError, ConnectionResetError):
                async with asyncio.timeout(0.01):
                    await reader.read(65_536)
            closed += reader.at_eof() or reader.exception() is not None
            writer.close()

    assert answer.text == "127.0.0.1 https"
    assert closed >= 40


async def test_what_is_no_handshake_is_closed_and_the_next_is_answered() -> None:
    async with served_with_tls() as (server, theirs):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(server.address.rpartition(":")[2]))
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with suppress(ConnectionResetError):
            assert b"HTTP/1.1 200" not in await reader.read()
        writer.close()
        async with httpx.AsyncClient(verify=theirs) as client:
            answer = await client.get(server.address)

    assert answer.status_code == 200


async def test_a_certificate_that_is_none_is_tried_again() -> None:
    waits: list[float] = []
    bad = True

    def certificate() -> ssl.SSLContext:
        if bad:
            raise ssl.SSLError("bad end line")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
        return context

    async def pause(seconds: float) -> None:
        nonlocal bad
        waits.append(seconds)
        bad = len(waits) < 3

    server = Server("127.0.0.1:0", who, certificate=certificate, pause=pause)
    running = asyncio.create_task(server.run())
    await server.opened.wait()
    await server.stop()
    running.cancel()

    assert len(waits) == 3
