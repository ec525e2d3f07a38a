"""The web as the daemon holds it before it is loaded: that costs time and memory, and waits until the watch goes on."""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

import structlog

from monitor.daemon.settings import Settings
from monitor.daemon.web.view import View

if TYPE_CHECKING:
    from monitor.daemon.web.web import Web

log = structlog.get_logger()


class WebPart:
    def __init__(self, settings: Settings, view: View) -> None:
        self._settings = settings
        self._view = view
        self._web: Web | None = None
        self.opened = asyncio.Event()

    @property
    def address(self) -> str:
        """Where it serves; empty while it does not."""
        return "" if self._web is None else self._web.address

    def changed(self) -> None:
        """Hear that there is something new to show."""
        if self._web is not None:
            self._web.changed()

    async def run(self) -> None:
        """Load it in a thread, so that nothing else waits, and serve; what goes wrong here never reaches the watch."""
        try:
            await asyncio.to_thread(import_module, "monitor.daemon.web.web")
            from monitor.daemon.web.web import Web

            self._web = Web(self._settings, self._view, self.opened)
            await self._web.run()
        except Exception:
            log.exception("the web server hit a bug and has ended; watching goes on")

    async def stop(self) -> None:
        if self._web is not None:
            await self._web.stop()
