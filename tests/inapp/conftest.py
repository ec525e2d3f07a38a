"""A provider on a loopback socket and a tracker with a ledger of its own, for each test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.inapp import guard
from monitor.inapp.tracker import Tracker
from monitor.ledger.ledger import Ledger
from monitor.prices.book import PriceBook
from tests.inapp.provider import Provider


@pytest.fixture(autouse=True)
def unsaid() -> None:
    """What is said once is said in each test, whatever ran before it."""
    guard._told.clear()


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    with Tracker(Ledger(tmp_path / "ledger.sqlite3"), PriceBook(), environ={}) as tracker:
        yield tracker


@pytest.fixture
def environ(tmp_path: Path, provider: Provider) -> dict[str, str]:
    """The environment of a program that asks this provider, with a ledger in the test's own folder."""
    mine = {name: text for name, text in os.environ.items() if not name.startswith(("MONITOR_", "OPENAI_"))}
    address = {"OPENAI_BASE_URL": f"{provider.address}/v1", "OPENAI_API_KEY": "sk-secret"}
    return {**mine, **address, "MONITOR_LEDGER": str(tmp_path / "ledger.sqlite3")}
