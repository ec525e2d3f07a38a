"""`/api/v1/report` and `/api/v1/compare`: what the ledger tells of an application's own requests."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from sqlite3 import Connection
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.core.errors import MonitorError
from monitor.core.windows import Window
from monitor.daemon.reporting import By, report
from monitor.daemon.requests_document import compare_document, report_document
from monitor.daemon.web.answers import json_answer
from monitor.daemon.web.parameters import one_of, only, whole
from monitor.daemon.web.view import View
from monitor.daemon.what_if import compare, named, paid_in
from monitor.prices import PriceBook

MOST_DAYS = 366
MOST_MODELS = 20

Question = Callable[[Connection, PriceBook], Mapping[str, Any]]


def routes(view: View) -> list[BaseRoute]:
    async def reported(request: Request) -> Response:
        only(request, ("by", "days"))
        by, days = By(one_of(request, "by", tuple(By))), whole(request, "days", 7, MOST_DAYS)
        now = view.clock()
        return await answered(lambda asked, book: report_document(report(asked, book, by, days, view.plan.zone, now)))

    async def compared(request: Request) -> Response:
        only(request, ("model", "days"))
        models = [named(name) for name in request.query_params.getlist("model")[:MOST_MODELS]]
        now = view.clock()
        window = Window(now - timedelta(days=whole(request, "days", 30, MOST_DAYS)), now + timedelta(microseconds=1))

        def question(asked: Connection, book: PriceBook) -> Mapping[str, Any]:
            paid = paid_in(asked, window)
            return compare_document(window, paid, compare(asked, book, window, paid.currency, models))

        return await answered(question)

    async def answered(question: Question) -> Response:
        if not view.ledger.exists:
            raise HTTPException(404, "there is no ledger: no application has recorded a request (MONITOR_LEDGER)")
        try:
            return json_answer(await view.ledger.ask(question), view.redact)
        except MonitorError as error:
            raise HTTPException(503, view.redact(str(error))) from error

    return [Route("/api/v1/report", reported), Route("/api/v1/compare", compared)]
