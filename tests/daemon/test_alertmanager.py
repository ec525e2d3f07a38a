"""An Alertmanager hears what fires, again and again, and its end; Debian's own is tried where it is installed."""

import asyncio
import json
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor.core.alerting.orders import AddSilence
from monitor.core.channels import ChannelState
from monitor.daemon.alertmanager import HOLDS, Alertmanager
from tests.core.story import START
from tests.daemon.household import Household
from tests.daemon.receivers import free_port
from tests.daemon.servers import Reply, Server

REAL = shutil.which("prometheus-alertmanager")


class Told:
    """A household that tells an Alertmanager; `heard` is how that went."""

    def __init__(self, folder: Path, url: str, now: datetime = START) -> None:
        self.household = Household(folder, now=now)
        self.heard: list[ChannelState] = []
        self.teller = Alertmanager(
            url,
            lambda: self.household.watch.state,
            UTC,
            lambda: self.household.now,
            self.heard.append,
            ssl_context=ssl.create_default_context(),
            redact=lambda text: text.replace("s3cret", "***"),
            link="https://monitor.example",
        )

    async def spend(self, amount: float) -> None:
        self.household.account.spent = amount
        await self.household.watch.poll("holysheep")
        await self.teller.post()


@asynccontextmanager
async def receiver(tmp_path: Path) -> AsyncIterator[tuple[Told, Server]]:
    server = Server()
    server.replies["/am/api/v2/alerts"] = Reply()
    async with server.running():
        told = Told(tmp_path, f"http://ann:s3cret@127.0.0.1:{server.port}/am/")
        yield told, server
        told.household.close()


def posted(server: Server, number: int = -1) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = json.loads(server.requests[number].body)
    return content


async def test_what_fires_is_told_with_an_end_that_moves_on(tmp_path: Path) -> None:
    async with receiver(tmp_path) as (told, server):
        await told.spend(75)
        told.household.later(minutes=1)
        await told.teller.post()

    first, second = posted(server, 0)[0], posted(server, 1)[0]
    assert first["labels"] == second["labels"]
    assert first["labels"]["alertname"] == "SpendMonitorThreshold"
    assert (first["labels"]["severity"], first["labels"]["subject"]) == ("warning", "holysheep")
    assert first["annotations"]["summary"] == "holysheep: 75% of the monthly budget"
    assert datetime.fromisoformat(first["endsAt"]) == START + HOLDS
    assert datetime.fromisoformat(second["endsAt"]) == START + HOLDS + timedelta(minutes=1)
    assert server.requests[0].headers["authorization"].startswith("Basic ")


async def test_an_escalation_ends_the_lesser_alert(tmp_path: Path) -> None:
    async with receiver(tmp_path) as (told, server):
        await told.spend(75)
        told.household.later(minutes=5)
        await told.spend(92)

    ends = {body["labels"]["severity"]: datetime.fromisoformat(body["endsAt"]) for body in posted(server)}
    assert ends == {"critical": told.household.now + HOLDS, "warning": told.household.now}


async def test_an_end_is_told_even_when_it_could_not_be_at_first(tmp_path: Path) -> None:
    async with receiver(tmp_path) as (told, server):
        await told.spend(75)
        server.replies["/am/api/v2/alerts"] = Reply(b"s3cret is wrong", 500)
        told.household.later(minutes=5)
        await told.spend(10)
        server.replies["/am/api/v2/alerts"] = Reply()
        await told.teller.post()
        await told.teller.post()

    assert [datetime.fromisoformat(body["endsAt"]) for body in posted(server)] == [told.household.now]
    assert len(server.requests) == 3
    assert [(state.state, state.error) for state in told.heard] == [
        ("ok", None),
        ("failing", "HTTP 500: *** is wrong"),
        ("ok", None),
    ]


async def test_what_is_silenced_from_the_beginning_is_not_told(tmp_path: Path) -> None:
    async with receiver(tmp_path) as (told, server):
        silence = AddSilence(START + timedelta(hours=1), "ann", "", START, key="threshold:*")
        await told.household.order(silence)
        await told.spend(75)
        quiet = len(server.requests)
        told.household.later(hours=2)
        await told.teller.post()
        await told.household.order(AddSilence(START + timedelta(hours=9), "ann", "", START, key="*"))
        await told.teller.post()

    assert quiet == 0
    assert [len(posted(server, number)) for number in (0, 1)] == [1, 1]
    assert datetime.fromisoformat(posted(server)[0]["endsAt"]) > told.household.now


@asynccontextmanager
async def real(tmp_path: Path) -> AsyncIterator[tuple[str, Server]]:
    """Run Debian's Alertmanager with a webhook, and yield its address and who hears."""
    hears = Server()
    hears.replies["/hook"] = Reply()
    async with hears.running():
        settings = {
            "route": {"receiver": "hook", "group_wait": "0s", "group_interval": "1s", "repeat_interval": "1h"},
            "receivers": [{"name": "hook", "webhook_configs": [{"url": f"{hears.origin}/hook"}]}],
        }
        (tmp_path / "alertmanager.yml").write_text(json.dumps(settings))
        port = free_port()
        flags = [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=", f"--storage.path={tmp_path}"]
        process = await asyncio.create_subprocess_exec(
            str(REAL),
            f"--config.file={tmp_path / 'alertmanager.yml'}",
            *flags,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            await _ready(port)
            yield f"http://127.0.0.1:{port}", hears
        finally:
            process.kill()
            await process.wait()


async def _ready(port: int) -> None:
    async with asyncio.timeout(20), httpx.AsyncClient() as client:
        while True:
            with suppress(httpx.TransportError):
                if (await client.get(f"http://127.0.0.1:{port}/-/ready")).is_success:
                    return
            await asyncio.sleep(0.05)


async def heard(hears: Server, status: str) -> dict[str, Any]:
    """Wait for a notification of that status, and return its first alert."""
    async with asyncio.timeout(20):
        while True:
            for request in hears.requests:
                for alert in json.loads(request.body)["alerts"]:
                    if alert["status"] == status:
                        found: dict[str, Any] = alert
                        return found
            await asyncio.sleep(0.05)


@pytest.mark.skipif(REAL is None, reason="Debian's prometheus-alertmanager is not installed")
async def test_a_real_alertmanager_tells_that_it_fires_and_that_it_is_over(tmp_path: Path) -> None:
    async with real(tmp_path) as (url, hears):
        told = Told(tmp_path / "state", url, now=datetime.now(UTC))
        await told.spend(96)
        firing = await heard(hears, "firing")
        told.household.at(datetime.now(UTC))
        await told.spend(10)
        resolved = await heard(hears, "resolved")
        told.household.close()

    assert firing["labels"]["alertname"] == "SpendMonitorThreshold"
    assert firing["labels"]["severity"] == "emergency"
    assert firing["generatorURL"] == "https://monitor.example"
    assert resolved["labels"] == firing["labels"]
    assert [state.state for state in told.heard] == ["ok"]
