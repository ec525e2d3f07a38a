"""The source of the README that a package of anybody brings: as written there, found and polled."""

import re
import sys
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from monitor.core.errors import SourceDrifted, SourceRefused
from monitor.core.windows import Window
from monitor.daemon.connections import Connections
from monitor.daemon.settings import load_settings
from monitor.daemon.sources import open_source
from tests.daemon.servers import Reply, Server
from tests.daemon.sources.accounts import CONTEXT, NOW, costs, day

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
LONGEST = 30


def block(language: str) -> str:
    found = re.search(rf"^## A source of your own$.*?^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install the package as pip would leave it, with the entry point of the README's pyproject.toml."""
    ((group, entries),) = tomllib.loads(block("toml"))["project"]["entry-points"].items()
    (tmp_path / "acme_spend.py").write_text(block("python"))
    folder = tmp_path / "acme_spend-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-spend\nVersion: 1.0\n")
    lines = [f"[{group}]", *(f"{name} = {value}" for name, value in entries.items())]
    (folder / "entry_points.txt").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("acme_spend", None)


async def spent(server: Server) -> dict[Window | str, Decimal]:
    environ = {"MONITOR_SOURCES__ACME__API_KEY": "k", "MONITOR_SOURCES__ACME__BASE_URL": server.base_url}
    (found,) = load_settings(environ, secrets_dir=Path("/nonexistent")).sources
    source = open_source(found.account(), connections=Connections(CONTEXT), redact=str, clock=lambda: NOW)
    try:
        return costs(await source.fetch(NOW))
    finally:
        await source.close()


def test_it_takes_no_more_than_thirty_lines() -> None:
    assert len(block("python").splitlines()) <= LONGEST


async def test_it_is_found_and_polled(package: Path, server: Server) -> None:
    server.replies["/v1/spend/today"] = Reply({"cents": "123.5"})

    assert await spent(server) == {day(20): Decimal("1.235")}
    assert server.requests[0].headers["authorization"] == "Bearer k"


async def test_it_is_as_careful_as_ours(package: Path, server: Server) -> None:
    server.replies["/v1/spend/today"] = Reply({"cents": None})

    with pytest.raises(SourceDrifted, match="cents is null"):
        await spent(server)
    server.replies["/v1/spend/today"] = Reply({}, 401)
    with pytest.raises(SourceRefused, match="it takes an Acme key"):
        await spent(server)
