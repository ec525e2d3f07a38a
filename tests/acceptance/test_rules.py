"""Rules beside the budgets, seen firing in the real daemon: over real headers, and on real channels."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.acceptance.world import World, account_server
from tests.daemon.receivers import HttpReceiver, http_receiver, wait_until

LIMITS = {"X-RateLimit-Limit-Requests": "600", "X-RateLimit-Remaining-Requests": "30"}


@pytest.fixture
def deaf() -> Iterator[HttpReceiver]:
    """Return a channel that takes nothing."""
    with http_receiver() as channel:
        channel.status = 500
        yield channel


@pytest.fixture
def world(tmp_path: Path, deaf: HttpReceiver) -> Iterator[World]:
    with account_server() as account, http_receiver() as channel:
        world = World(tmp_path, account, channel)
        world.environment["MONITOR_NOTIFY"] += f" json://127.0.0.1:{deaf.port}/"
        world.environment["MONITOR_RULES__CHANNEL__AFTER"] = "1s"
        try:
            yield world
        finally:
            world.close()


def test_a_wrong_clock_a_near_rate_limit_and_a_deaf_channel_are_told(world: World) -> None:
    world.account.headers, world.account.ahead = LIMITS, timedelta(minutes=5, seconds=10)

    world.start()
    wait_until(lambda: any("channel json-2: has failed for" in title for title in world.titles()), 30)
    told = "\n".join(body["title"] + "\n" + body["message"] for body in world.channel.bodies())

    assert "holysheep: 5% of the rate limit for requests is left" in told
    assert "holysheep: this machine's clock is 5 min behind the provider's" in told


def test_rules_that_are_off_are_not_told(world: World) -> None:
    world.account.headers, world.account.ahead = LIMITS, timedelta(minutes=5, seconds=10)
    for rule in ("HEADROOM", "CLOCK_SKEW", "CHANNEL"):
        world.environment[f"MONITOR_RULES__{rule}__ENABLED"] = "no"

    world.start()
    world.some_polls(10)

    assert world.channel.requests == []


def test_the_doctor_finds_a_clock_that_is_wrong(world: World) -> None:
    world.account.ahead = timedelta(minutes=5, seconds=10)

    told = world.run("doctor")

    assert told.returncode == 1
    assert "FAIL clock: this machine's clock is 5 min behind the provider's" in told.stdout
