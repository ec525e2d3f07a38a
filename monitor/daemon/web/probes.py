"""`/healthz` and `/readyz`: whether the watch is really kept, and whether it has begun."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.daemon.web.answers import json_answer
from monitor.daemon.web.view import View

# A probe is open to all, so it tells how many, and never the names.


def routes(view: View) -> list[BaseRoute]:
    async def healthz(_: Request) -> Response:
        """Polls end when they should. That the loop is alive is told by the answer itself."""
        overdue = len(view.overdue())
        content = {"status": "overdue" if overdue else "ok", "overdue": overdue}
        return json_answer(content, view.redact, status=503 if overdue else 200)

    async def readyz(_: Request) -> Response:
        """Every source was tried once, with whatever result: one that fails is told by an alert."""
        sources = view.state().sources.values()
        untried = sum(source.health.last_attempt is None for source in sources)
        content = {"status": "starting" if untried else "ok", "untried": untried}
        return json_answer(content, view.redact, status=503 if untried else 200)

    return [Route("/healthz", healthz), Route("/readyz", readyz)]
