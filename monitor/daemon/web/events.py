"""`/events`: what changes, told to all open pages. It is found and written once, however many they are."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from monitor.daemon.web.answers import json_bytes, problem
from monitor.daemon.web.news import changes

log = structlog.get_logger()

MOST_READERS = 300
# Changes are gathered for so long, so that many sources that are polled at once are one event.
GATHER_SECONDS = 0.4
HEARTBEAT_SECONDS = 15.0
# A reader this far behind is sent away; it comes back by itself, and is told everything anew.
MOST_WAITING = 16
OPENING = b"retry: 2000\n\n"
HEARTBEAT = b": still here\n\n"

Queue = asyncio.Queue[bytes | None]


class Events:
    """`look` returns all that a page must know. Nothing is looked at while nobody reads."""

    def __init__(self, look: Callable[[], Awaitable[Mapping[str, Any]]], redact: Callable[[str], str]) -> None:
        self._look = look
        self._redact = redact
        self._readers: set[Queue] = set()
        self._changed = asyncio.Event()
        self._told: Mapping[str, Any] = {}

    def routes(self) -> list[BaseRoute]:
        return [Route("/events", self.answer, methods=["GET"])]

    def changed(self) -> None:
        self._changed.set()

    async def answer(self, request: Request) -> Response:
        if request.method == "HEAD":
            return Response(media_type="text/event-stream")
        if len(self._readers) >= MOST_READERS:
            return problem(503, f"{MOST_READERS} pages are open already", {"Retry-After": "30"})
        return StreamingResponse(self.stream(), media_type="text/event-stream")

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield everything once, and then what changes, until the reader goes or cannot keep up."""
        queue: Queue = asyncio.Queue(MOST_WAITING)
        self._readers.add(queue)
        try:
            yield OPENING + event("status", await self._look(), self._redact)
            while (piece := await queue.get()) is not None:
                yield piece
        finally:
            self._readers.discard(queue)

    async def run(self) -> None:
        """Tell the readers, for ever; after a while of nothing they get a sign of life."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), HEARTBEAT_SECONDS)
            self._changed.clear()
            try:
                if self._readers:
                    self._tell(await self._news())
            except Exception:
                log.exception("telling open pages hit a bug; all else goes on")
            await asyncio.sleep(GATHER_SECONDS)

    async def _news(self) -> bytes:
        known = await self._look()
        news, self._told = changes(self._told, known), known
        return event("change", news, self._redact) if news else HEARTBEAT

    def _tell(self, piece: bytes) -> None:
        for queue in list(self._readers):
            try:
                queue.put_nowait(piece)
            except asyncio.QueueFull:
                self._readers.discard(queue)
                queue.get_nowait()
                queue.put_nowait(None)  # It ends after what it has still to read.


def event(name: str, content: Mapping[str, Any], redact: Callable[[str], str]) -> bytes:
    """Return one event. JSON has no line break in it, so it is one line of data."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), json_bytes(content, redact))
