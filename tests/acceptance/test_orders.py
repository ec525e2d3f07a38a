"""Orders to the real daemon: while it runs, while it does not, and over a kill."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_daemon import title
from tests.acceptance.world import World, account_server
from tests.daemon.receivers import http_receiver, wait_until

WARNING, CRITICAL = title("WARNING", "75%"), title("CRITICAL", "92%")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with account_server() as account, http_receiver() as channel:
        world = World(tmp_path, account, channel)
        try:
            yield world
        finally:
            world.close()


def listed(world: World, command: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(world.run(command, "--json").stdout)
    return rows


def happened(world: World) -> list[str]:
    lines = world.run("history", "--json").stdout.splitlines()
    return [json.loads(line)["what"] for line in lines]


def test_an_alert_is_acknowledged_while_the_daemon_runs_and_a_kill_forgets_nothing(world: World) -> None:
    world.start()
    world.some_polls()
    world.spend("75", 1)
    (alert,) = listed(world, "alerts")

    said = world.run("ack", alert["id"][:5], "--for", "1h", "--by", "anna")
    assert (said.returncode, said.stdout[:18]) == (0, "acknowledged until")
    world.daemons[-1].kill()
    world.start()
    world.some_polls()

    (known,) = listed(world, "alerts")
    assert (known["state"], known["acknowledged"]["by"]) == ("acknowledged", "anna")
    assert world.run("unack", "nobody").returncode == 1
    world.spend("92", 2)
    assert world.titles() == [WARNING, CRITICAL]
    assert happened(world) == ["fired", "delivered", "acknowledged", "escalated", "unacknowledged", "delivered"]


def test_what_is_on_alerts_needs_the_folder_and_no_key(world: World) -> None:
    world.environment = {name: world.environment[name] for name in ("PATH", "MONITOR_STATE_DIR")}

    assert world.run("alerts").stdout == "no alerts\n"
    assert world.run("unack", "nobody").stdout == "there is no alert nobody: see `spend-monitor alerts`\n"


def test_orders_are_kept_while_no_daemon_runs_and_carried_out_at_the_next_start(world: World) -> None:
    said = world.run("silence", "--subject", "holysheep", "--for", "1h", "--reason", "load test")
    assert (said.returncode, "kept" in said.stdout) == (0, True)
    assert world.run("silence", "--for", "1h", "--reason", "load test").returncode == 2
    assert world.run("ack", "nobody").returncode == 1

    world.account.spent = "75"
    world.start()
    world.some_polls(6)
    assert world.titles() == []
    (silence,) = listed(world, "silences")
    assert silence["reason"] == "load test"

    assert world.run("unsilence", silence["id"]).returncode == 0
    wait_until(lambda: len(world.channel.requests) == 1, 20)
    assert world.titles() == [WARNING]
    assert sorted(happened(world)[:2]) == ["fired", "silenced"]
