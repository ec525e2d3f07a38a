"""One stream of news to all who read it: found and written once, however many they are."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from monitor.daemon.web.answers import json_bytes

# A reader this far behind is sent away; it comes back by itself, and is told everything anew.
MOST_WAITING = 16
OPENING = b"retry: 2000\n\n"
HEARTBEAT = b": still here\n\n"

News = Mapping[str, Any]
Look = Callable[[], Awaitable[News]]


class Feed:
    """`look` returns all that is known, `changes` what of it is new. Nothing is looked at while nobody reads.

    `first` names the event that tells a new reader everything; "" is none.
    """

    def __init__(
        self,
        look: Look,
        changes: Callable[[News, News], News],
        redact: Callable[[str], str],
        *,
        first: str = "",
        then: str = "change",
    ) -> None:
        self._look = look
        self._changes = changes
        self._redact = redact
        self._first, self._then = first, then
        self._readers: set[asyncio.Queue[bytes | None]] = set()
        self._told: News = {}

    @property
    def readers(self) -> int:
        return len(self._readers)

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield everything once, and then what changes, until the reader goes or cannot keep up."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_WAITING)
        self._readers.add(queue)
        try:
            yield OPENING + (self._event(self._first, await self._look()) if self._first else b"")
            while (piece := await queue.get()) is not None:
                yield piece
        finally:
            self._readers.discard(queue)

    async def tell(self) -> None:
        """Look once, and tell whoever reads what is new since the last time, or give a sign of life."""
        if not self._readers:
            return
        known = await self._look()
        news, self._told = self._changes(self._told, known), known
        piece = self._event(self._then, news) if news else HEARTBEAT
        for queue in list(self._readers):
            try:
                queue.put_nowait(piece)
            except asyncio.QueueFull:
                self._readers.discard(queue)
                queue.get_nowait()
                queue.put_nowait(None)  # It ends after what it has still to read.

    def _event(self, name: str, content: News) -> bytes:
        """Return one event. JSON has no line break in it, so it is one line of data."""
        return b"event: %s\ndata: %s\n\n" % (name.encode(), json_bytes(content, self._redact))
