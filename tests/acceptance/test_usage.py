"""A program that only speaks HTTP: what it tells is recorded, watched, and told of when the budget is nearly gone."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.test_web import address
from tests.acceptance.world import World, account_server
from tests.daemon.receivers import http_receiver, wait_until
from tests.test_readme import README


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with account_server() as account, http_receiver() as channel:
        world = World(tmp_path, account, channel)
        world.environment |= {
            "MONITOR_LISTEN": "127.0.0.1:0",
            "MONITOR_LEDGER": str(tmp_path / "ledger.sqlite3"),
            "MONITOR_SOURCES__LEDGER__POLL_INTERVAL": "0.2s",
            "MONITOR_BUDGETS__APP__LIMIT": "0.005",
            "MONITOR_BUDGETS__APP__SOURCE": "ledger",
        }
        try:
            yield world
        finally:
            world.close()


def test_the_example_of_the_readme_ends_in_an_alert(world: World) -> None:
    part = README.partition("### From any language\n")[2]
    found = re.search(r"```\n(curl .*?)```", part, re.DOTALL)
    assert found
    world.start()
    command = found[1].replace("localhost:9464", address(world))

    answered = [subprocess.run(["sh", "-c", command], capture_output=True, check=True).stdout for _ in range(2)]

    wait_until(lambda: any("app" in title for title in world.titles()), 20)
    # 1,200 at $2 and 300 at $8 a million.
    assert [json.loads(answer)["items"][0]["cost"] for answer in answered] == ["0.004800000"] * 2
    assert "[EMERGENCY] ledger: 96% of the monthly budget app" in world.titles()
