"""The page for people, written by the server: it is whole without a script, and a script only keeps it new.

Only here is it rendered. What changes is sent to open pages as the same HTML, written once for all of them.
"""

import asyncio
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from monitor.core.spending.source import SourceState
from monitor.core.windows import Window
from monitor.daemon.history_pages import history_page
from monitor.daemon.web import page_static
from monitor.daemon.web.budgets import detailed_budgets
from monitor.daemon.web.page_alerts import alerts, firing
from monitor.daemon.web.page_budgets import budgets
from monitor.daemon.web.page_channels import MOST_RECORDS, channels, history
from monitor.daemon.web.page_chart import Mark
from monitor.daemon.web.page_facts import Facts, facts_of
from monitor.daemon.web.page_head import head, sentence
from monitor.daemon.web.page_html import Html, joined, redacted, tag
from monitor.daemon.web.page_sight import Sight
from monitor.daemon.web.page_sources import marks_of, part_of, shown_until, source, sources
from monitor.daemon.web.page_spenders import movers, spenders
from monitor.daemon.web.view import View

# Where nothing is told anew, ages and forecasts still move.
GOOD_FOR = timedelta(seconds=20)
MOVERS_EVERY = timedelta(minutes=1)
# In this order from top to bottom; the sources stand between the budgets and who spends it.
ABOVE, BELOW = ("state", "firing", "budgets"), ("spenders", "movers", "alerts", "channels", "history")


@dataclass(frozen=True, slots=True)
class _Row:
    """One source as it was written, without secrets, of which state and in which hour."""

    known: SourceState
    health: str
    marks: Sequence[Mark]
    hour: Window
    html: Html
    facts: Facts


@dataclass(frozen=True, slots=True)
class _Written:
    """The page of one sight, without secrets; `parts` are its elements by their id."""

    sight: Sight
    parts: Mapping[str, Html]
    sentence: str


@dataclass(frozen=True, slots=True)
class _Document:
    """What is sent to whoever asks for the page as it was written: plain and packed."""

    written: _Written
    plain: bytes
    packed: bytes


@dataclass(slots=True)
class Page:
    view: View
    _rows: dict[str, _Row] = field(default_factory=dict)
    _movers: tuple[datetime, Html] | None = None
    _written: _Written | None = None
    _document: _Document | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def routes(self) -> list[BaseRoute]:
        return [Route("/", self.answer), *page_static.routes()]

    async def parts(self) -> Mapping[str, Html]:
        """Return the elements of the page by id, as they are now, without secrets.

        Nothing is written anew where nothing changed.
        """
        return (await self._now()).parts

    async def answer(self, request: Request) -> Response:
        document = await self._whole()
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return HTMLResponse(document.plain)
        return HTMLResponse(document.packed, headers={"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})

    async def _whole(self) -> _Document:
        written = await self._now()
        async with self._turn:
            if self._document is None or self._document.written is not written:
                self._document = await asyncio.to_thread(_document, written)
            return self._document

    async def _now(self) -> _Written:
        async with self._turn:
            sight = Sight.of(self.view)
            if self._written is None or not _same(self._written.sight, sight):
                self._written = await asyncio.to_thread(self._write, sight)
            return self._written

    def _write(self, sight: Sight) -> _Written:
        records = history_page(self.view.folder, MOST_RECORDS).records
        rows = {name: self._row(name, sight) for name in sight.state.sources}
        sight = replace(sight, history=records, facts={name: row.facts for name, row in rows.items()})
        others = {
            "state": head(sight),
            "firing": firing(sight),
            "budgets": budgets(detailed_budgets(sight.state, sight.plan, sight.now), sight),
            "spenders": spenders(sight),
            "movers": self._moved(sight),
            "alerts": alerts(sight),
            "channels": channels(sight),
            "history": history(sight),
        }
        parts = {name: redacted(html, self.view.redact) for name, html in others.items()}
        parts |= {part_of(name, sight): row.html for name, row in rows.items()}
        return _Written(sight, parts, self.view.redact(sentence(sight)))

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
        if self._movers is None or abs(sight.now - self._movers[0]) >= MOVERS_EVERY:
            self._movers = sight.now, movers(sight)
        return self._movers[1]


def _same(before: Sight, after: Sight) -> bool:
    return (
        before.state is after.state
        and before.channels == after.channels
        and before.overdue == after.overdue
        and abs(after.now - before.now) < GOOD_FOR
    )


def _document(written: _Written) -> _Document:
    plain = _html(written).encode(errors="backslashreplace")
    return _Document(written, plain, gzip.compress(plain, 5))


def _html(written: _Written) -> str:
    parts = written.parts
    head_of = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", written.sentence),
        tag("link", rel="icon", href=page_static.address("icon.svg")),
        tag("link", rel="stylesheet", href=page_static.address("page.css")),
        tag("script", src=page_static.address("page.js"), defer=True),
    )
    main = tag(
        "main",
        *(parts[name] for name in ABOVE),
        sources([html for name, html in parts.items() if name.startswith("source-")]),
        *(parts[name] for name in BELOW),
    )
    said = tag("p", "", id="said", role="status")
    return f"<!doctype html>{tag('html', head_of, tag('body', joined([main, said])), lang='en')}"
