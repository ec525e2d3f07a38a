"""The real daemon sends a digest once, at its time, and not again after a restart."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from monitor.daemon.app import App
from monitor.daemon.demo.account import KEY, Charge, SimulatedAccount
from monitor.daemon.redact import Redactor
from monitor.daemon.settings import load_settings
from tests.daemon.receivers import HttpReceiver, http_receiver

NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class House:
    """One installation with an account and two channels, of which one wants no digest."""

    def __init__(self, folder: Path, clock: Clock, account: SimulatedAccount, ops: HttpReceiver, pager: HttpReceiver):
        self.clock = clock
        self.settings = load_settings(
            {
                "HOLYSHEEP_API_KEY": KEY,
                "MONITOR_SOURCES__HOLYSHEEP__BASE_URL": account.base_url,
                "MONITOR_POLL_INTERVAL": "0.1s",
                "MONITOR_MONTHLY_BUDGET": "1000",
                "MONITOR_CHANNELS__OPS__URL": f"json://127.0.0.1:{ops.port}/",
                "MONITOR_CHANNELS__PAGER__URL": f"json://127.0.0.1:{pager.port}/",
                "MONITOR_CHANNELS__PAGER__DIGEST": "false",
                "MONITOR_DIGEST": "daily 09:00",
                "MONITOR_GROUP_WAIT": "0",
                "MONITOR_RULES__CLOCK_SKEW__ENABLED": "false",  # The account's days are simulated.
                "MONITOR_STATE_DIR": str(folder),
            },
            secrets_dir=folder / "none",
        )

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[App]:
        app = App(self.settings, Redactor(()), self.clock)
        running = asyncio.create_task(app.run())
        try:
            yield app
        finally:
            app.stop()
            await running


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not reached():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def polled(app: App) -> object:
    """Return what is another object after each poll; None before the start."""
    return app.watch.state.sources["holysheep"].polls if hasattr(app, "watch") else None


async def some_polls(app: App) -> None:
    """Wait until the source was polled some times more."""
    for _ in range(4):
        seen = polled(app)
        await until(lambda seen=seen: polled(app) is not seen)  # type: ignore[misc]


@pytest.mark.parametrize("answers_first", [200, 503])
async def test_a_digest_is_sent_once_at_its_time_and_a_channel_that_fails_gets_it_later(
    tmp_path: Path, answers_first: int
) -> None:
    clock = Clock()
    charges = tuple(Charge(NOON + n * DAY, "gpt-4.1", Decimal(4 + n), 1_000) for n in range(5))
    with SimulatedAccount(clock, charges) as account, http_receiver() as ops, http_receiver() as pager:
        house = House(tmp_path, clock, account, ops, pager)
        async with house.watched() as app:
            await some_polls(app)
            clock.now = NOON + DAY
            await some_polls(app)
            assert ops.requests == []  # The ninth was not watched from its beginning.

            ops.status = answers_first
            clock.now = datetime(2026, 11, 11, 9, 0, tzinfo=UTC)
            await until(lambda: bool(ops.requests))
            ops.status = 200
            await until(lambda: bool(app.watch.state.log.entries))
            await some_polls(app)
        first = [body for body in ops.bodies() if body["title"]][-1]
        count = len(ops.requests)
        async with house.watched() as app:
            await some_polls(app)
            assert len(ops.requests) == count
            clock.now += DAY
            await until(lambda: len(ops.requests) > count)
            await some_polls(app)

    assert len(ops.requests) == count + 1
    assert pager.requests == []
    assert first["type"] == "info"
    assert first["title"].startswith("[DIGEST] $9.00 this month, on pace for $")
    assert first["message"].startswith("10 November: $5.00.\n")
    assert "Alerts: none." in first["message"]
    assert "- holysheep: $5.00; " in first["message"]
    assert ops.bodies()[-1]["message"].startswith("11 November: $6.00, 20% more than $5.00 before.\n")
