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
from monitor.daemon.web.budgets import budgets_document
from monitor.daemon.web.page_alerts import alerts, firing
from monitor.daemon.web.page_budgets import budgets
from monitor.daemon.web.page_channels import MOST_RECORDS, channels, history
from monitor.daemon.web.page_chart import Mark
from monitor.daemon.web.page_facts import Facts, facts_of
from monitor.daemon.web.page_head import head, sentence
from monitor.daemon.web.page_html import Html, joined, tag
from monitor.daemon.web.page_sight import Sight
from monitor.daemon.web.page_sources import marks_of, part_of, shown_until, source, sources
from monitor.daemon.web.page_spenders import movers, spenders
from monitor.daemon.web.view import View

# Where nothing is told anew, ages and forecasts still move.
GOOD_FOR = timedelta(seconds=20)
MOVERS_EVERY = timedelta(minutes=1)
# In this order from top to bottom; the sources stand between the budgets and who spends it.
ABOVE, BELOW = ("state", "firing", "budgets"), ("spenders", "movers", "alerts", "channels", "history")


def routes(view: View) -> list[BaseRoute]:
    return Page(view).routes()


@dataclass(frozen=True, slots=True)
class _Row:
    """One source as it was written, of which state and in which hour."""

    known: SourceState
    health: str
    marks: Sequence[Mark]
    hour: Window
    html: Html
    facts: Facts


@dataclass(frozen=True, slots=True)
class _Written:
    """The page of one sight; `parts` are its elements by their id."""

    sight: Sight
    parts: Mapping[str, Html]
    sentence: str


@dataclass(slots=True)
class Page:
    view: View
    _rows: dict[str, _Row] = field(default_factory=dict)
    _movers: tuple[datetime, Html] | None = None
    _written: _Written | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def routes(self) -> list[BaseRoute]:
        return [Route("/", self.answer), *page_static.routes()]

    async def parts(self) -> Mapping[str, Html]:
        """Return the elements of the page by id, as they are now; nothing is written anew where nothing changed."""
        return (await self._now()).parts

    async def answer(self, request: Request) -> Response:
        written = await self._now()
        content = self.view.redact(_document(written)).encode(errors="backslashreplace")
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return HTMLResponse(content)
        packed = await asyncio.to_thread(gzip.compress, content, 5)
        return HTMLResponse(packed, headers={"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})

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
        parts = {
            "state": head(sight),
            "firing": firing(sight),
            "budgets": budgets(budgets_document(self.view)["budgets"], sight),
            **{part_of(name, sight): row.html for name, row in rows.items()},
            "spenders": spenders(sight),
            "movers": self._moved(sight),
            "alerts": alerts(sight),
            "channels": channels(sight),
            "history": history(sight),
        }
        return _Written(sight, parts, sentence(sight))

    def _row(self, name: str, sight: Sight) -> _Row:
        known, health, hour = sight.state.sources[name], sight.health(name), shown_until(sight)
        marks = marks_of(name, sight)
        kept = self._rows.get(name)
        same = kept is not None and kept.known is known
        if kept is None or not same or (kept.health, kept.marks, kept.hour) != (health, marks, hour):
            facts = facts_of(name, known, sight.plan, sight.now)
            kept = _Row(known, health, marks, hour, source(name, sight), facts)
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


def _document(written: _Written) -> str:
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
