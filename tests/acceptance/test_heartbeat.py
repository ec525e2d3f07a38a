"""The real daemon gives a sign of life once it has polled and saved, and none before."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.world import World, account_server
from tests.daemon.receivers import HttpReceiver, http_receiver, wait_until

CHECK = "/ping/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"


@pytest.fixture
def healthchecks() -> Iterator[HttpReceiver]:
    with http_receiver() as receiver:
        yield receiver


@pytest.fixture
def world(tmp_path: Path, healthchecks: HttpReceiver) -> Iterator[World]:
    with account_server() as account, http_receiver() as channel:
        world = World(tmp_path, account, channel)
        world.environment["MONITOR_HEARTBEAT_URL"] = f"http://{healthchecks.host}{CHECK}"
        try:
            yield world
        finally:
            world.close()


def test_a_saved_poll_is_a_sign_of_life_and_the_log_does_not_hold_its_address(
    world: World, healthchecks: HttpReceiver
) -> None:
    world.start()
    wait_until(lambda: bool(healthchecks.requests), 20)

    (ping,) = healthchecks.requests
    assert (ping.method, ping.path, ping.content) == ("POST", CHECK, b"")
    assert (world.folder / "state" / "sources" / "holysheep.json").exists()
    assert CHECK.rpartition("/")[2] not in world.log.read_text()


def test_a_folder_that_cannot_be_written_is_told_as_a_failure(world: World, healthchecks: HttpReceiver) -> None:
    beside = world.folder / "state" / "sources" / ".holysheep.json.new"
    beside.mkdir(parents=True)  # Where the new file is to be written before it takes its place.

    world.start()
    wait_until(lambda: bool(healthchecks.requests), 20)

    (ping,) = healthchecks.requests
    assert ping.path == f"{CHECK}/fail"
    assert ping.content.startswith(b"state folder fails since ")


def test_the_doctor_says_where_it_goes_and_sends_nothing(world: World, healthchecks: HttpReceiver) -> None:
    answer = world.run("doctor")

    assert "heartbeat to Healthchecks at 127.0.0.1, not tried\n" in answer.stdout
    assert answer.returncode == 0
    assert healthchecks.requests == []
