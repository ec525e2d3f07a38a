"""One APScheduler job a source, spread over the interval, unmoved by clocks that jump."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Two clocks that drift apart by more than this in one look have been set, not drifted.
CLOCK_STEP = timedelta(seconds=2)
GUARD_EVERY = timedelta(seconds=1)
FIRST_SPREAD = timedelta(milliseconds=50)
# Of thousands of sources several are due at each tick: to wake once for all of them is cheaper than once for each.
TICK = timedelta(milliseconds=100)


class Rhythm(BaseTrigger):  # type: ignore[misc]
    """Every `interval`, at a phase of its own.

    The next time is always after now and found in one step: APScheduler's own interval trigger counts up all runs that
    a clock set forward has missed, which blocks the loop for minutes. A phase, of whole ticks, spreads sources and,
    unlike jitter, keeps the period.
    """

    def __init__(self, name: str, interval: timedelta) -> None:
        self.interval = interval
        self.phase = interval * (zlib.crc32(name.encode()) / 2**32) // TICK * TICK

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:  # noqa: ARG002
        beats = (now - _EPOCH - self.phase) // self.interval + 1
        return _EPOCH + self.phase + beats * self.interval


class Schedule:
    """Calls `poll(name)` for each source by its interval; what that returns puts the next call off instead.

    Polls begin one at a turn of the loop: on a machine that is too slow for all of them they come late, where thousands
    that were begun at once would all time out.

    `overdue` tells whether a poll should have ended and has not: the loop hangs, or the scheduler sleeps.
    """

    def __init__(
        self, intervals: Mapping[str, timedelta], poll: Callable[[str], Awaitable[timedelta | None]], slack: timedelta
    ) -> None:
        self._intervals = intervals
        self._poll = poll
        self._slack = slack
        self._running: dict[str, asyncio.Task[None]] = {}
        self._deadlines: dict[str, float] = {}
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._guard: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._stopped = False

    def start(self) -> None:
        now = datetime.now(UTC)
        spread = min(FIRST_SPREAD, min(self._intervals.values()) / len(self._intervals))
        for number, (name, interval) in enumerate(self._intervals.items()):
            self._expect(name, spread * number)
            self._scheduler.add_job(
                self._run, Rhythm(name, interval), args=[name], id=name, next_run_time=now + spread * number
            )
        self._scheduler.start()
        self._guard = asyncio.create_task(self._watch_the_clock())

    def overdue(self) -> list[str]:
        """Return the sources whose next poll should have ended by now."""
        now = asyncio.get_running_loop().time()
        return [name for name, deadline in self._deadlines.items() if now > deadline]

    async def stop(self, patience: timedelta) -> None:
        """Start nothing more, and let what is under way end for as long as `patience`.

        APScheduler's shutdown cancels running jobs whatever it is told, so they run as tasks of our own.
        """
        self._stopped = True
        if self._guard is not None:
            self._guard.cancel()
        self._scheduler.pause()
        if self._running:
            _, late = await asyncio.wait(self._running.values(), timeout=patience.total_seconds())
            for task in late:
                task.cancel()
        self._scheduler.shutdown(wait=False)

    async def _run(self, name: str) -> None:
        async with self._turn:
            await asyncio.sleep(0)
        if self._stopped or name in self._running:
            return
        task = asyncio.create_task(self._one(name))
        self._running[name] = task
        task.add_done_callback(lambda _: self._running.pop(name, None))

    async def _one(self, name: str) -> None:
        delay = await self._poll(name)
        self._expect(name, delay if delay is not None else self._intervals[name])
        if delay is not None and not self._stopped:
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC) + delay)

    def _expect(self, name: str, delay: timedelta) -> None:
        wait = max(delay, self._intervals[name]) + self._slack
        self._deadlines[name] = asyncio.get_running_loop().time() + wait.total_seconds()

    async def _watch_the_clock(self) -> None:
        """Re-arm all jobs when the wall clock was set: their times were counted on the old one."""
        loop = asyncio.get_running_loop()
        wall, steady = datetime.now(UTC), loop.time()
        while True:
            await asyncio.sleep(GUARD_EVERY.total_seconds())
            was, (wall, steady) = (wall, steady), (datetime.now(UTC), loop.time())
            if abs((wall - was[0]) - timedelta(seconds=steady - was[1])) > CLOCK_STEP:
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=job.trigger.get_next_fire_time(None, wall))
