"""Accounts for tests, against a loopback server."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from monitor.core.money import Money
from monitor.core.spending.readings import Observation, Series
from monitor.core.spending.spend import Spend
from monitor.core.windows import FOREVER, Window
from monitor.daemon.connections import Connections
from monitor.daemon.sources import Account, Source, open_source
from monitor.daemon.sources.holysheep import HolySheep
from tests.daemon.servers import Server

KEY = "cr_0123456789abcdef"
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
MONTH = Window(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))
APRIL = Window(datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))
CONTEXT = ssl.create_default_context()


def day(number: int, month: int = 5) -> Window:
    start = datetime(2026, month, number, tzinfo=UTC)
    return Window(start, start + timedelta(days=1))


def account(
    server: Server | None = None,
    fields: Mapping[str, str] | None = None,
    *,
    scale: str = "1",
    zone: tzinfo | None = None,
    currency: str = "USD",
) -> Account:
    return Account(
        name="sheep",
        kind="holysheep",
        api_key=KEY,
        base_url=server.base_url if server else "http://127.0.0.1:9/v1",
        poll_interval=timedelta(minutes=1),
        timeout=timedelta(seconds=10),
        currency=currency,
        scale=Decimal(scale),
        fields=fields or {},
        timezone=zone,
        key_variable="HOLYSHEEP_API_KEY",
    )


@asynccontextmanager
async def opened(of: Account) -> AsyncIterator[HolySheep]:
    source = open_source(of, connections=Connections(CONTEXT), redact=str, clock=lambda: NOW)
    assert isinstance(source, HolySheep)
    try:
        yield source
    finally:
        await source.close()


@asynccontextmanager
async def polled(kind: str, server: Server, **changes: Any) -> AsyncIterator[Source]:
    """Open an account of another kind; `changes` are fields of Account."""
    # Nothing hangs here: a busy machine is no timeout.
    changes = {"name": "acme", "key_variable": "ACME_KEY", "timeout": timedelta(seconds=20), **changes}
    of = replace(account(server), kind=kind, **changes)
    source = open_source(of, connections=Connections(CONTEXT), redact=str, clock=lambda: NOW)
    try:
        yield source
    finally:
        await source.close()


async def one_look(kind: str, server: Server, **changes: Any) -> Observation:
    """Return what one look at an account of another kind brings; raise what it failed of where it brings nothing."""
    async with polled(kind, server, **changes) as source:
        seen = await source.fetch(NOW)
    if seen.error is not None and not seen.readings:
        raise seen.error
    return seen


def costs(seen: Observation, model: str | None = None) -> dict[Window | str, Decimal]:
    """Return the cost of each span; a lifetime counter under its name."""
    return {
        "forever" if reading.span == FOREVER else reading.span: reading.cost.amount
        for reading in seen.readings
        if reading.model == model
    }


def spent(spend: Spend, window: Window, **of: str) -> Money | None:
    """Return what was spent in a window, of one model, project or key where it is named."""
    return spend.spent(window, NOW, Series(**of))
