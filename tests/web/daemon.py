"""The real daemon over the demo's account, on a port that stays when it is started again."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from monitor.daemon.app import App, utc_now
from monitor.daemon.demo.account import KEY, Charge, SimulatedAccount
from monitor.daemon.demo.play import Webhook
from monitor.daemon.redact import Redactor
from monitor.daemon.settings import load_settings


class Daemon:
    """`spend` is what the account is charged from now on; `start` and `stop` are those of the daemon.

    `heard` are the titles that reached its channel.
    """

    def __init__(self, folder: Path, account: SimulatedAccount, webhook: Webhook, heard: Sequence[str]) -> None:
        self.heard = heard
        self.account = account
        self.port = _free_port()
        self._settings = load_settings(
            {
                "HOLYSHEEP_API_KEY": KEY,
                "MONITOR_SOURCES__HOLYSHEEP__BASE_URL": account.base_url,
                "MONITOR_POLL_INTERVAL": "0.2s",
                "MONITOR_MONTHLY_BUDGET": "100",
                "MONITOR_CHANNELS__TEAM__URL": webhook.url,
                "MONITOR_GROUP_WAIT": "0",
                "MONITOR_STATE_DIR": str(folder),
                "MONITOR_LISTEN": f"127.0.0.1:{self.port}",
            },
            secrets_dir=folder / "none",
        )
        self.app: App
        self._running: asyncio.Task[None]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def spend(self, amount: str, model: str = "gpt-4.1") -> None:
        charge = Charge(datetime.now(UTC), model, Decimal(amount), 1_000)
        self.account.charges = (*self.account.charges, charge)

    async def start(self) -> None:
        self.app = App(self._settings, Redactor(self._settings.secrets()))
        self._running = asyncio.create_task(self.app.run())
        while self.app.web is None:  # noqa: ASYNC110 - the daemon tells nobody when it has come so far.
            await asyncio.sleep(0.02)
        await self.app.web.opened.wait()

    async def stop(self) -> None:
        self.app.stop()
        await self._running


@asynccontextmanager
async def daemon(folder: Path) -> AsyncIterator[Daemon]:
    heard: list[str] = []
    with SimulatedAccount(utc_now) as account, Webhook(lambda message: heard.append(message["title"])) as webhook:
        here = Daemon(folder, account, webhook, heard)
        await here.start()
        try:
            yield here
        finally:
            await here.stop()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
