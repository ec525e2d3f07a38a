"""What is known now, as JSON: the document of `status`, the alerts, the silences, the breaker; and as metrics."""

from importlib.metadata import version

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.daemon.alerts_document import alerts_document, silences_document
from monitor.daemon.document import document, time_text
from monitor.daemon.web.answers import json_answer
from monitor.daemon.web.exposition import CONTENT_TYPE, exposed
from monitor.daemon.web.metrics import Scrape
from monitor.daemon.web.rows import Rows
from monitor.daemon.web.view import View

RELEASE = version("spend-monitor")


def routes(view: View, rows: Rows) -> list[BaseRoute]:
    async def status(_: Request) -> Response:
        state, now = view.state(), view.clock()
        known = await rows.of(state, now)
        return json_answer(document(state, view.plan, view.channels(), now, known), view.redact)

    async def metrics(_: Request) -> Response:
        state, now = view.state(), view.clock()
        known = await rows.of(state, now)
        scrape = Scrape(state, view.plan, known, view.channels(), view.counters, now, RELEASE)
        return Response(exposed(scrape.samples(), view.redact), headers={"Content-Type": CONTENT_TYPE})

    async def alerts(_: Request) -> Response:
        now = view.clock()
        content = {"as_of": time_text(now), "alerts": alerts_document(view.state(), now)}
        return json_answer(content, view.redact)

    async def silences(_: Request) -> Response:
        now = view.clock()
        content = {"as_of": time_text(now), "silences": silences_document(view.state(), now)}
        return json_answer(content, view.redact)

    async def breaker(_: Request) -> Response:
        return json_answer(await view.breaker(), view.redact)

    return [
        Route("/metrics", metrics),
        Route("/api/v1/status", status),
        Route("/api/v1/alerts", alerts),
        Route("/api/v1/silences", silences),
        Route("/api/v1/breaker", breaker),
    ]
