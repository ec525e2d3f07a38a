"""The web as one part of the daemon: it is started, told of changes, and stopped."""

import asyncio

from monitor.daemon.settings import Settings
from monitor.daemon.web.server import Server
from monitor.daemon.web.site import site_of
from monitor.daemon.web.view import View


class Web:
    def __init__(self, settings: Settings, view: View) -> None:
        self._server = Server(settings.listen, site_of(view, settings))

    @property
    def address(self) -> str:
        """Where it serves; empty while the address cannot be had."""
        return self._server.address

    @property
    def opened(self) -> asyncio.Event:
        return self._server.opened

    def changed(self) -> None:
        """Hear that there is something new to show."""

    async def run(self) -> None:
        await self._server.run()

    async def stop(self) -> None:
        await self._server.stop()
