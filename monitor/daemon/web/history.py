"""`/api/v1/history`: what fired, what was said of it, and what became of it, the newest first."""

import asyncio
import json
from functools import partial
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.daemon.history import as_fields, is_about
from monitor.daemon.history_pages import Page, Place, history_page
from monitor.daemon.web.answers import json_answer
from monitor.daemon.web.parameters import one_of, only, parameter, whole
from monitor.daemon.web.tables import csv_answer
from monitor.daemon.web.view import View

LARGEST_PAGE = 1_000
COLUMNS = ("at", "what", "id", "key", "severity", "summary", "by", "until", "channel", "count", "error", "alerts")


def routes(view: View) -> list[BaseRoute]:
    turn = asyncio.Lock()

    async def history(request: Request) -> Response:
        only(request, ("limit", "before", "alert", "format"))
        kind = one_of(request, "format", ("json", "csv"))
        limit = whole(request, "limit", 100, LARGEST_PAGE)
        before, alert = parameter(request, "before"), parameter(request, "alert")
        wanted = partial(is_about, alert=alert) if alert else lambda _: True
        place = _place(before)
        async with turn:  # Files are read whole: one after the other, whoever asks.
            page: Page = await asyncio.to_thread(history_page, view.folder, limit, place, wanted)
        records = [as_fields(record) for record in page.records]
        if kind == "csv":
            return csv_answer(
                "history", COLUMNS, ([_text(row.get(name)) for name in COLUMNS] for row in records), view.redact
            )
        return json_answer({"records": records, "next": str(page.older) if page.older else None}, view.redact)

    return [Route("/api/v1/history", history)]


def _place(text: str) -> Place | None:
    try:
        return Place.parse(text) if text else None
    except ValueError as error:
        raise HTTPException(422, f"before {error}") from error


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False) if value else None
    return None if value is None else str(value)
