"""The web beside the watch: it comes after it, and what goes wrong with it never reaches it."""

import json
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.world import KEY, World, account_server
from tests.daemon.receivers import http_receiver, wait_until


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with account_server() as account, http_receiver() as channel:
        world = World(tmp_path, account, channel)
        world.environment["MONITOR_LISTEN"] = "127.0.0.1:0"
        try:
            yield world
        finally:
            world.close()


def address(world: World) -> str:
    """Return where it serves, once it does."""
    found: list[str] = []

    def served() -> bool:
        lines = [json.loads(line) for line in world.log.read_text().splitlines()]
        found[:] = [line["address"] for line in lines if line["event"] == "web"]
        return bool(found)

    wait_until(served, 20)
    return found[-1]


def ask(url: str, body: object = None) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_an_alert_is_seen_counted_and_acknowledged(world: World) -> None:
    world.start()
    here = address(world)
    world.spend("75", 1)
    status = json.loads(ask(f"{here}/api/v1/status")[1])
    answered = ask(f"{here}/api/v1/alerts/{status['alerts'][0]['id']}/acknowledge", {"by": "ann"})
    metrics = ask(f"{here}/metrics")[1]
    page = ask(here)[1]
    told = json.loads(ask(f"{here}/api/v1/history")[1])

    assert (status["severity"], answered[0]) == ("WARNING", 200)
    assert 'monitor_notifications_total{channel="json",severity="warning"} 1' in metrics
    assert 'monitor_alerts{severity="warning",state="acknowledged"} 1' in metrics
    assert {"fired", "delivered", "acknowledged"} <= {record["what"] for record in told["records"]}
    assert KEY not in f"{status}{metrics}{page}{told}"
    assert (ask(f"{here}/healthz")[0], ask(f"{here}/readyz")[0]) == (200, 200)


def test_a_test_reaches_the_channel(world: World) -> None:
    world.start()
    here = address(world)

    assert ask(f"{here}/api/v1/channels/json/test", {})[0] == 200
    wait_until(lambda: world.titles() == ["[WARNING] test: this is only a test"], 20)


def test_a_taken_address_is_said_and_stops_neither_polls_nor_alerts(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        world.environment["MONITOR_LISTEN"] = f"127.0.0.1:{taken.getsockname()[1]}"
        daemon = world.start()
        wait_until(
            lambda: world.logged("the web address cannot be used; watching goes on, and it is tried again") == 1, 20
        )
        world.spend("75", 1)
        diagnosis = world.run("doctor")
        daemon.send_signal(signal.SIGTERM)
        code = daemon.wait(10)

    assert world.titles() == ["[WARNING] holysheep: 75% of the monthly budget"]
    assert code == 0
    assert diagnosis.returncode == 1
    assert f"FAIL web address {world.environment['MONITOR_LISTEN']}: a daemon runs" in diagnosis.stdout


def test_a_stop_does_not_wait_for_open_pages(world: World) -> None:
    daemon = world.start()
    port = int(address(world).rpartition(":")[2])
    pages = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
    for page in pages:
        page.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert page.recv(100).startswith(b"HTTP/1.1 200")
    daemon.send_signal(signal.SIGTERM)

    assert daemon.wait(5) == 0
    assert world.logged("stopped") == 1
    assert "Traceback" not in world.log.read_text()
    for page in pages:
        page.close()
