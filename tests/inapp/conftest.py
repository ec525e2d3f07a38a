"""A provider on a loopback socket and a tracker with a ledger of its own, for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.inapp.tracker import Tracker
from monitor.ledger.ledger import Ledger
from monitor.prices.book import PriceBook
from tests.inapp.provider import Provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    with Tracker(Ledger(tmp_path / "ledger.sqlite3"), PriceBook(), environ={}) as tracker:
        yield tracker
