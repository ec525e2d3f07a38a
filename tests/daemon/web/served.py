"""The site over one account, served on a real loopback socket in the loop of the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx

from monitor.core.channels import Channel, ChannelState
from monitor.daemon.breaker_document import breaker_now
from monitor.daemon.counters import Counters
from monitor.daemon.ledger_access import LedgerAccess
from monitor.daemon.links import Links
from monitor.daemon.redact import Redactor
from monitor.daemon.settings import Settings, SourceSettings
from monitor.daemon.settings.ledger import LEDGER
from monitor.daemon.settings.values import Secret
from monitor.daemon.web.view import View
from monitor.daemon.web.web import Web
from monitor.prices import PriceBook
from tests.daemon.household import Household

TOKEN = "a-token-that-is-long-enough"
API_KEY = "sk-hidden-0123456789"


@dataclass
class Served:
    """A household with its web pages; `client` is a program on the same machine, which shows no token by itself."""

    household: Household
    web: Web
    client: httpx.AsyncClient
    counters: Counters
    links: Links | None = None
    overdue: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    """The channels that were sent a test."""
    reason: str | None = None
    """Why such a test fails."""

    @property
    def port(self) -> int:
        return int(self.web.address.rpartition(":")[2])

    @property
    def readers(self) -> int:
        return self.web.readers

    async def poll(self, spent: float) -> None:
        self.household.account.spent = spent
        await self.household.watch.poll("holysheep")
        self.web.changed()


@asynccontextmanager
async def served(
    folder: Path,
    *,
    token: str | None = None,
    channels: tuple[Channel, ...] = (),
    listen: str = "127.0.0.1:0",
    public_url: str | None = None,
    ledger: bool = True,
    prices: Path | None = None,
) -> AsyncIterator[Served]:
    """Serve; `ledger` is whether a source watches the one in the folder."""
    household = Household(folder, *channels)
    settings = Settings(
        sources=(SourceSettings("ledger", LEDGER),) if ledger else (),
        state_dir=folder,
        ledger=folder / "ledger.sqlite3",
        budgets=household.plan.budgets,
        prices=prices,
        listen=listen,
        web_token=Secret(token) if token else None,
        public_url=public_url,
    )
    counters = Counters()
    here: Served

    async def try_channel(name: str) -> str | None:
        here.tried.append(name)
        return here.reason

    def now() -> datetime:
        return household.now

    links = Links(folder, public_url, now) if public_url else None
    view = View(
        plan=household.plan,
        state=lambda: household.watch.state,
        channels=lambda: tuple(ChannelState(channel.name) for channel in household.plan.channels),
        overdue=lambda: here.overdue,
        clock=now,
        redact=Redactor([API_KEY, *([token] if token else [])]),
        obey=household.watch.obey,
        try_channel=try_channel,
        breaker=lambda: asyncio.to_thread(breaker_now, settings, now()),
        ledger=LedgerAccess(settings.ledger, PriceBook),
        counters=counters,
        folder=folder,
        links=links,
    )
    web = Web(settings, view)
    running = asyncio.create_task(web.run())
    await web.opened.wait()
    async with httpx.AsyncClient(base_url=web.address) as client:
        here = Served(household, web, client, counters, links)
        try:
            yield here
        finally:
            await web.stop()
            running.cancel()
            household.snapshots.close()
