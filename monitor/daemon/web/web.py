"""The web as one part of the daemon: it is started, told of changes, and stopped."""

import asyncio
import ssl
from collections.abc import Callable
from functools import partial

from monitor.daemon.document import source_row
from monitor.daemon.intake.intake import PATIENCE, Intake
from monitor.daemon.settings import Settings
from monitor.daemon.settings.ledger import LEDGER
from monitor.daemon.web.events import Events
from monitor.daemon.web.feed import Feed
from monitor.daemon.web.news import changed_parts, changes
from monitor.daemon.web.overview import overview
from monitor.daemon.web.page import Page
from monitor.daemon.web.rows import Rows
from monitor.daemon.web.server import Server
from monitor.daemon.web.site import site_of
from monitor.daemon.web.view import View
from monitor.daemon.wiring import book_of
from monitor.ledger.ledger import Ledger


class Web:
    def __init__(self, settings: Settings, view: View, opened: asyncio.Event | None = None) -> None:
        rows = Rows(view, lambda name, source, now: source_row(name, source, view.plan, now))
        page = Page(view, self.changed)
        self._events = Events(
            Feed(lambda: overview(view, rows), changes, view.redact, first="status"),
            Feed(page.parts, changed_parts, str, then="parts"),  # They are without secrets already.
        )
        self._intake = _intake(settings, view)
        site = site_of(view, settings, rows, self._events, page, self._intake)
        self._server = Server(settings.listen, site, settings.web_proxies, _certificate(settings), opened=opened)

    @property
    def address(self) -> str:
        """Where it serves; empty while the address cannot be had."""
        return self._server.address

    @property
    def opened(self) -> asyncio.Event:
        return self._server.opened

    @property
    def readers(self) -> int:
        """How many pages are open."""
        return self._events.readers

    def changed(self) -> None:
        """Hear that there is something new to show."""
        self._events.changed()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self._events.run())
            parts.create_task(self._server.run())

    async def stop(self) -> None:
        await self._server.stop()
        if self._intake is not None:
            self._intake.close()


def _intake(settings: Settings, view: View) -> Intake | None:
    """Return what takes in the requests that programs tell, where a source watches the ledger that they go to."""
    if not any(source.kind == LEDGER for source in settings.sources):
        return None
    ledger = Ledger(settings.ledger, keep=settings.ledger_keep, patience=PATIENCE)
    return Intake(ledger, partial(book_of, settings), settings.ledger_keep, view.clock, view.counters.took_in)


def _certificate(settings: Settings) -> Callable[[], ssl.SSLContext] | None:
    """Return what reads the certificate; it raises OSError where that cannot be used."""
    chain, key = settings.web_certificate, settings.web_certificate_key

    def read() -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(str(chain), str(key) if key else None)
        return context

    return read if chain is not None else None
