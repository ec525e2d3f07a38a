"""`POST /v1/usage`: what programs in other languages tell of their requests, one or many."""

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.core.errors import MonitorError
from monitor.daemon.document import amount_text
from monitor.daemon.intake.intake import Intake, Taken, Wrong
from monitor.daemon.web.answers import json_answer, problem
from monitor.daemon.web.fields import content_type
from monitor.daemon.web.view import View
from monitor.ledger.record import RequestRecord

PATH = "/v1/usage"
LINES = ("application/x-ndjson", "application/jsonl")
# So many bodies are held at once; each waits for its turn to be written.
MOST_AT_ONCE = 8


def routes(view: View, intake: Intake | None) -> list[BaseRoute]:
    turns = asyncio.Semaphore(MOST_AT_ONCE)

    async def usage(request: Request) -> Response:
        if intake is None:
            raise HTTPException(409, "this daemon watches no ledger: MONITOR_LEDGER makes it do so")
        if turns.locked():
            raise HTTPException(503, "too much is told at once; send it again", {"Retry-After": "1"})
        async with turns:
            body = await request.body()
            try:
                taken = await intake.take(body, lines=content_type(request) in LINES)
            except ValueError as error:
                raise HTTPException(422, f"the body {error}") from None
            except MonitorError as error:
                detail = view.redact(f"{error}; nothing of this was recorded, send it again")
                raise HTTPException(503, detail, {"Retry-After": "5"}) from None
        return _refused(taken, view) if taken.wrong else json_answer(_recorded(taken), view.redact)

    return [Route(PATH, usage, methods=["POST"])]


def _recorded(taken: Taken) -> Mapping[str, Any]:
    return {"recorded": len(taken.records), "items": [_item(record) for record in taken.records]}


def _item(record: RequestRecord) -> Mapping[str, Any]:
    cost = record.cost
    return {"request_id": record.request_id, "cost": amount_text(cost), "currency": cost and cost.currency}


def _refused(taken: Taken, view: View) -> Response:
    """Return what is wrong, the first of it in words, and how many of the others are recorded nevertheless."""
    first, more = taken.wrong[0], len(taken.wrong) - 1
    words = f"item {first.item}, {first.field or 'all of it'}: {first.why}{f', and {more} more' if more else ''}"
    detail = view.redact(f"{words}; {len(taken.records)} of the other items are recorded")
    errors = [_error(wrong, view) for wrong in taken.wrong]
    return problem(422, detail, more={"recorded": len(taken.records), "errors": errors})


def _error(wrong: Wrong, view: View) -> Mapping[str, Any]:
    return {"item": wrong.item, "field": view.redact(wrong.field) or None, "detail": view.redact(wrong.why)}
