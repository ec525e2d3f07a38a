"""What takes a while to find: found beside the page, and only while somebody looks at it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from time import monotonic
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger()

# However slow it is, it is looked for during at most this share of the time.
MOST_BUSY = 0.05
_T = TypeVar("_T")


class Kept(Generic[_T]):
    """Looks again after `good_for`, when asked; `late` hears what is new once somebody had gone on without it."""

    def __init__(self, find: Callable[[], Awaitable[_T]], good_for: timedelta, late: Callable[[], None]) -> None:
        self._find = find
        self._good_for = good_for.total_seconds()
        self._late = late
        self._known: _T | None = None
        self._search: asyncio.Task[None] | None = None
        self._again_at = 0.0
        self._missed = False

    async def now(self, patience: float = 0) -> _T | None:
        """Return what is known, by a new look if that takes at most `patience` seconds; None before anything is."""
        if self._search is None and monotonic() >= self._again_at:
            self._search = asyncio.create_task(self._renew())
        if self._search is not None:
            await asyncio.wait([self._search], timeout=patience)
        self._missed = self._missed or self._search is not None
        return self._known

    def forget(self) -> None:
        """Look again when asked next, whatever is looked for now: it has just changed."""
        self._search, self._again_at = None, 0.0

    async def _renew(self) -> None:
        began, search = monotonic(), self._search
        found = self._known
        try:
            found = await self._find()
        except Exception:
            log.exception("looking for a part of the page hit a bug; the rest goes on")
        if search is not self._search:
            return  # It was told to forget this look.
        self._search, self._again_at = None, monotonic() + max(self._good_for, (monotonic() - began) / MOST_BUSY)
        missed, self._missed = self._missed, False
        if found != self._known:
            self._known = found
            if missed:
                self._late()
