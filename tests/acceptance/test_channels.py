"""A channel that is gone: its fallback is told at once, and nothing is told again when the daemon starts anew."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.world import World, account_server
from tests.daemon.receivers import HttpReceiver, http_receiver, wait_until

GONE = b'{"message": "Unknown Webhook", "code": 10015}'


@pytest.fixture
def chat() -> Iterator[HttpReceiver]:
    with http_receiver() as receiver:
        yield receiver


@pytest.fixture
def world(tmp_path: Path, chat: HttpReceiver) -> Iterator[World]:
    """Yield an installation whose first channel is the fallback of `chat`, and hears nothing else."""
    with account_server() as account, http_receiver() as mail:
        world = World(tmp_path, account, mail)
        world.environment |= {
            "MONITOR_NOTIFY": "",
            "MONITOR_CHANNELS__CHAT__URL": f"json://{chat.host}/",
            "MONITOR_CHANNELS__CHAT__FALLBACK": "mail",
            "MONITOR_CHANNELS__MAIL__URL": f"json://{mail.host}/",
            "MONITOR_CHANNELS__MAIL__RULES": "snapshot",
        }
        try:
            yield world
        finally:
            world.close()


def told(world: World) -> list[str]:
    """Return what the fallback was told of the budget."""
    return [title for title in world.titles() if "monthly budget" in title]


def test_the_fallback_is_told_in_its_place_and_nobody_again(world: World, chat: HttpReceiver) -> None:
    chat.status, chat.content = 404, GONE
    world.start()
    world.account.spent = "75"
    wait_until(lambda: len(told(world)) == 1, 20)
    assert world.channel.bodies()[0]["message"].startswith(
        "Said here in place of chat, which fails: HTTP 404 Not Found: Unknown Webhook."
    )
    wait_until(lambda: world.logged("told") >= 1, 20)

    world.daemons[-1].kill()
    world.daemons[-1].wait()
    chat.status, tries = 200, len(chat.requests)
    world.start()
    world.some_polls()
    world.account.spent = "92"
    wait_until(lambda: len(chat.requests) > tries, 20)

    assert [body["title"].split("]")[0] for body in chat.bodies()[tries:]] == ["[CRITICAL"]
    assert len(told(world)) == 1


def test_a_fallback_that_hears_all_by_itself_is_told_once(world: World, chat: HttpReceiver) -> None:
    del world.environment["MONITOR_CHANNELS__MAIL__RULES"]
    chat.status, chat.content = 404, GONE
    world.start()
    world.account.spent = "75"
    wait_until(lambda: world.logged("told") >= 2, 20)
    world.account.spent = "92"
    wait_until(lambda: world.logged("told") >= 4, 20)
    chat.status = 200
    world.some_polls()

    assert [title.split("]")[0] for title in told(world)] == ["[WARNING", "[CRITICAL"]
    assert [body["message"] for body in world.channel.bodies() if "Said here" in body["message"]] == []
