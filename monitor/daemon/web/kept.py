"""What takes a while to find: found beside the page, and only while somebody looks at it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from time import monotonic
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger()

# Whoever looks waits for so long; what is found later is told when it is there.
PATIENCE_SECONDS = 0.3
# However slow it is, it is looked for during at most this share of the time.
MOST_BUSY = 0.05
_T = TypeVar("_T")


class Kept(Generic[_T]):
    """Looks again after `good_for`, when asked; `late` hears that something was found after everybody had gone on."""

    def __init__(self, find: Callable[[], Awaitable[_T]], good_for: timedelta, late: Callable[[], None]) -> None:
        self._find = find
        self._good_for = good_for.total_seconds()
        self._late = late
        self._known: _T | None = None
        self._search: asyncio.Task[None] | None = None
        self._again_at = 0.0

    async def now(self) -> _T | None:
        """Return what was found last, by this look if it does not take long; None before anything was."""
        if self._search is None and monotonic() >= self._again_at:
            self._search = asyncio.create_task(self._renew())
        if self._search is not None:
            await asyncio.wait([self._search], timeout=PATIENCE_SECONDS)
        return self._known

    def forget(self) -> None:
        """Look again when asked next, whatever is looked for now: it has just changed."""
        self._search, self._again_at = None, 0.0

    async def _renew(self) -> None:
        began, search = monotonic(), self._search
        try:
            found = await self._find()
            if search is self._search and found != self._known:
                self._known = found
        except Exception:
            log.exception("looking for a part of the page hit a bug; the rest goes on")
        took = monotonic() - began
        if search is self._search:
            self._search, self._again_at = None, monotonic() + max(self._good_for, took / MOST_BUSY)
        if took > PATIENCE_SECONDS:
            self._late()
