"""Hypothesis for all: no deadline and no complaint of slowness, as a busy machine is no failure."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from monitor.ledger.processes import close_all

settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def closed_ledgers() -> Iterator[None]:
    """Close what a test has opened, as the end of its program would."""
    yield
    close_all()
