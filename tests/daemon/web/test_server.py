"""The listening side: who is slow holds up nobody, and an address that is taken stops nothing."""

import asyncio
import socket
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from monitor.daemon.web import connections
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
            assert answer.startswith(b"HTTP/1.1 400")
