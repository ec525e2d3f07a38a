"""Sources that poll the same origin share its connections, and nothing else."""

import asyncio
import ssl
from collections.abc import AsyncIterator

import pytest

from monitor.daemon.connections import Connections
from monitor.daemon.wire import request_of
from tests.daemon.servers import Reply, Server

CONTEXT = ssl.create_default_context()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server().running() as running:
        running.replies["/kept"] = Reply({}, keep=True, headers={"Set-Cookie": "who=first"})
        running.replies["/hangs"] = Reply(hang=True)
        yield running


@pytest.fixture
async def connections() -> AsyncIterator[Connections]:
    opened = Connections(CONTEXT)
    yield opened
    await opened.close()


async def get(connections: Connections, url: str, key: str = "key", seconds: float = 20) -> int:
    request = request_of("GET", url, None, {"Authorization": key}, None, seconds)
    async with connections.send(request, seconds) as response:
        await response.aread()
    return response.status


async def test_one_that_is_free_is_used_again_and_keeps_nothing_of_the_account(
    server: Server, connections: Connections
) -> None:
    for key in ("first", "second"):
        await get(connections, f"{server.origin}/kept", key)

    assert server.connections == 1
    assert [request.headers["authorization"] for request in server.requests] == ["first", "second"]
    assert "cookie" not in server.requests[1].headers


async def test_no_request_goes_to_another_origin(server: Server, connections: Connections) -> None:
    async with Server().running() as other:
        other.replies["/kept"] = server.replies["/kept"]
        for origin in (server.origin, other.origin, server.origin):
            await get(connections, f"{origin}/kept")

        assert (len(server.requests), len(other.requests)) == (2, 1)
    assert (server.connections, other.connections) == (1, 1)


async def test_requests_that_hang_hold_up_no_other(server: Server, connections: Connections) -> None:
    hanging = [asyncio.create_task(get(connections, f"{server.origin}/hangs")) for _ in range(150)]
    await asyncio.wait(hanging, timeout=0.1)

    assert await get(connections, f"{server.origin}/kept") == 200
    assert not any(task.done() for task in hanging)
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)


async def test_one_whose_request_was_given_up_is_not_used_again(server: Server, connections: Connections) -> None:
    await get(connections, f"{server.origin}/kept")
    with pytest.raises(TimeoutError):
        await get(connections, f"{server.origin}/hangs", seconds=0.1)

    assert await get(connections, f"{server.origin}/kept") == 200
    assert server.connections == 2


async def test_one_that_the_server_has_closed_is_not_used_again(server: Server, connections: Connections) -> None:
    server.replies["/once"] = Reply({})
    for _ in range(2):
        assert await get(connections, f"{server.origin}/once") == 200

    assert server.connections == 2


async def test_one_that_the_server_closes_while_it_is_free_is_not_used_again(
    server: Server, connections: Connections
) -> None:
    await get(connections, f"{server.origin}/kept")
    await server.hang_up()

    assert await get(connections, f"{server.origin}/kept") == 200
    assert server.connections == 2


async def test_closed_is_closed(server: Server, connections: Connections) -> None:
    await get(connections, f"{server.origin}/kept")
    await connections.close()
    await get(connections, f"{server.origin}/kept")

    assert server.connections == 2
