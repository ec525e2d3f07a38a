"""`/events`: what changes, told to all programs and pages that listen."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from monitor.daemon.web.answers import problem
from monitor.daemon.web.feed import Feed

log = structlog.get_logger()

MOST_READERS = 300
# Changes are gathered for so long, so that many sources that are polled at once are one event.
GATHER_SECONDS = 0.4
HEARTBEAT_SECONDS = 15.0


class Events:
    """`documents` tells what the API would; `parts`, which is asked for by its name, the page's own elements."""

    def __init__(self, documents: Feed, parts: Feed) -> None:
        self._feeds: Mapping[str, Feed] = {"documents": documents, "parts": parts}
        self._changed = asyncio.Event()

    @property
    def readers(self) -> int:
        return sum(feed.readers for feed in self._feeds.values())

    def routes(self) -> list[BaseRoute]:
        return [Route("/events", self.answer, methods=["GET"])]

    def changed(self) -> None:
        self._changed.set()

    async def answer(self, request: Request) -> Response:
        if request.method == "HEAD":
            return Response(media_type="text/event-stream")
        if self.readers >= MOST_READERS:
            return problem(503, f"{MOST_READERS} pages are open already", {"Retry-After": "30"})
        feed = self._feeds["parts" if request.query_params.get("parts") else "documents"]
        return StreamingResponse(feed.stream(), media_type="text/event-stream")

    async def run(self) -> None:
        """Tell the readers, for ever; after a while of nothing they get a sign of life."""
        while True:
            with suppress(TimeoutError):
                # `wait_for` can lose a cancellation on Python 3.11: https://github.com/python/cpython/issues/86296
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await self._changed.wait()
            self._changed.clear()
            try:
                for feed in self._feeds.values():
                    await feed.tell()
            except Exception:
                log.exception("telling open pages hit a bug; all else goes on")
            await asyncio.sleep(GATHER_SECONDS)
