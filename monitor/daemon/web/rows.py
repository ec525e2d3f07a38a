"""What is shown of each source: found anew after its poll, in a thread, and kept until the next."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.core.spending.source import SourceState
from monitor.core.state import State
from monitor.core.windows import Period, Window
from monitor.daemon.web.view import View

Make = Callable[[str, SourceState, datetime], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Kept:
    source: SourceState
    day: Window
    row: Mapping[str, Any]


class Rows:
    """A row takes some milliseconds to be made, and a thousand of them are asked for at each scrape."""

    def __init__(self, view: View, make: Make) -> None:
        self._view = view
        self._make = make
        self._kept: dict[str, _Kept] = {}
        self._turn = asyncio.Lock()

    async def of(self, state: State, now: datetime) -> list[dict[str, Any]]:
        """Return the rows of all sources, in the order of the state."""
        plan = self._view.plan
        day = Period.DAY.window(now, plan.zone)
        async with self._turn:
            stale = [name for name, source in state.sources.items() if not self._holds(name, source, day)]
            if stale:
                await asyncio.to_thread(self._renew, stale, state, day, now)
        return [
            {**self._kept[name].row, "state": source.health.state(now, plan.sources[name].interval)}
            for name, source in state.sources.items()
        ]

    def _holds(self, name: str, source: SourceState, day: Window) -> bool:
        kept = self._kept.get(name)
        return kept is not None and kept.source is source and kept.day == day

    def _renew(self, names: list[str], state: State, day: Window, now: datetime) -> None:
        for name in names:
            source = state.sources[name]
            self._kept[name] = _Kept(source, day, self._make(name, source, now))
