"""The page for people, written by the server: it is whole without a script, and a script only keeps it new.

Only here is it rendered. What changes is sent to open pages as the same HTML, written once for all of them.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from monitor.core.spending.source import SourceState
from monitor.core.windows import Window
from monitor.daemon.history_pages import history_page
from monitor.daemon.web import page_static
from monitor.daemon.web.budgets import detailed_budgets
from monitor.daemon.web.kept import Kept
from monitor.daemon.web.page_alerts import alerts, firing
from monitor.daemon.web.page_breaker import breaker
from monitor.daemon.web.page_budgets import budgets
from monitor.daemon.web.page_channels import channels
from monitor.daemon.web.page_chart import Mark
from monitor.daemon.web.page_document import Document, Written, document_of
from monitor.daemon.web.page_facts import Facts, facts_of
from monitor.daemon.web.page_head import head, level, sentence
from monitor.daemon.web.page_history import MOST_RECORDS, history
from monitor.daemon.web.page_html import Html, redacted
from monitor.daemon.web.page_movers import cheaper, movers
from monitor.daemon.web.page_requests import Asked, asked
from monitor.daemon.web.page_sight import Sight
from monitor.daemon.web.page_sources import marks_of, part_of, shown_until, source
from monitor.daemon.web.page_spenders import spenders
from monitor.daemon.web.view import View

# Where nothing is told anew, ages and forecasts still move.
GOOD_FOR = timedelta(seconds=20)
MOVERS_EVERY = timedelta(minutes=1)
# The ledger may be large, and is asked beside the page.
LEDGER_EVERY, BREAKER_EVERY = timedelta(minutes=1), timedelta(seconds=1)
# A reader waits for it so long; an open page is told later.
PATIENCE_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class _Row:
    """One source as it was written, without secrets, of which state and in which hour."""

    known: SourceState
    health: str
    marks: Sequence[Mark]
    hour: Window
    html: Html
    facts: Facts


class Page:
    """`late` hears that something is known which the page that was written last does not show yet."""

    def __init__(self, view: View, late: Callable[[], None] = lambda: None) -> None:
        self.view = view
        self._late = late
        self._asked: Kept[Asked] = Kept(lambda: asked(view), LEDGER_EVERY, late)
        self._breaker: Kept[Mapping[str, Any]] = Kept(self._look_at_breaker, BREAKER_EVERY, late)
        self._rows: dict[str, _Row] = {}
        self._movers: tuple[datetime, Asked | None, Html] | None = None
        self._written: Written | None = None
        self._document: Document | None = None
        self._turn = asyncio.Lock()

    def routes(self) -> list[BaseRoute]:
        return [Route("/", self.answer), *page_static.routes()]

    async def parts(self) -> Mapping[str, Html]:
        """Return the elements of the page by id, as they are now, without secrets.

        Nothing is written anew where nothing changed.
        """
        return (await self._now(patience=0)).parts

    async def answer(self, request: Request) -> Response:
        document = await self._whole()
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return HTMLResponse(document.plain)
        return HTMLResponse(document.packed, headers={"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})

    def breaker_changed(self) -> None:
        """Hear that somebody had a hand on the breaker: all open pages are to show it."""
        self._breaker.forget()
        self._late()

    async def _whole(self) -> Document:
        written = await self._now(PATIENCE_SECONDS)
        async with self._turn:
            if self._document is None or self._document.written is not written:
                self._document = await asyncio.to_thread(document_of, written)
            return self._document

    async def _now(self, patience: float) -> Written:
        async with self._turn:
            circuit, told = await asyncio.gather(self._breaker.now(patience), self._asked.now(patience))
            sight = replace(Sight.of(self.view), breaker=circuit, asked=told)
            if self._written is None or not _same(self._written.sight, sight):
                self._written = await asyncio.to_thread(self._write, sight)
            return self._written

    async def _look_at_breaker(self) -> Mapping[str, Any]:
        """Return how the breakers stand; when that was is left out, so that the same is the same."""
        return {name: value for name, value in (await self.view.breaker()).items() if name != "as_of"}

    def _write(self, sight: Sight) -> Written:
        records = history_page(self.view.folder, MOST_RECORDS).records
        rows = {name: self._row(name, sight) for name in sight.state.sources}
        sight = replace(sight, history=records, facts={name: row.facts for name, row in rows.items()})
        others = {
            "state": head(sight),
            "firing": firing(sight),
            "budgets": budgets(detailed_budgets(sight.state, sight.plan, sight.now), sight),
            "spenders": spenders(sight),
            "movers": self._moved(sight),
            "cheaper": cheaper(sight),
            "breaker": breaker(sight),
            "alerts": alerts(sight),
            "channels": channels(sight),
            "history": history(sight),
        }
        parts = {name: redacted(html, self.view.redact) for name, html in others.items()}
        parts |= {part_of(name, sight): row.html for name, row in rows.items()}
        return Written(sight, parts, self.view.redact(sentence(sight)), level(sight))

    def _row(self, name: str, sight: Sight) -> _Row:
        known, health, hour = sight.state.sources[name], sight.health(name), shown_until(sight)
        marks = marks_of(name, sight)
        kept = self._rows.get(name)
        same = kept is not None and kept.known is known
        if kept is None or not same or (kept.health, kept.marks, kept.hour) != (health, marks, hour):
            facts = facts_of(name, known, sight.plan, sight.now)
            html = redacted(source(name, sight), self.view.redact)
            kept = _Row(known, health, marks, hour, html, facts)
            self._rows[name] = kept
        return kept

    def _moved(self, sight: Sight) -> Html:
        kept = self._movers
        if kept is None or kept[1] is not sight.asked or abs(sight.now - kept[0]) >= MOVERS_EVERY:
            self._movers = kept = sight.now, sight.asked, movers(sight)
        return kept[2]


def _same(before: Sight, after: Sight) -> bool:
    return (
        before.state is after.state
        and before.channels == after.channels
        and before.overdue == after.overdue
        and before.breaker is after.breaker
        and before.asked is after.asked
        and abs(after.now - before.now) < GOOD_FOR
    )
