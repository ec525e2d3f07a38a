"""A thousand sources in one daemon: its CPU, and whether saving one source's poll costs what it costs alone."""

import argparse
import asyncio
import logging
import random
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median

import structlog

from monitor.core.budgets import Budget
from monitor.core.money import Money
from monitor.core.plan import Plan, Watched
from monitor.core.spending.readings import Observation, Reading
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.state import State
from monitor.core.windows import Period
from monitor.daemon.poll import Watch
from monitor.daemon.snapshots import Memory, Snapshots
from tests.benchmarks.polling import work
from tests.benchmarks.rig import Rig, environ, folder, report

SOURCES = 1000


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--warm-up", type=float, default=60)
    arguments.add_argument("--seconds", type=float, default=75)
    arguments.add_argument("--no-budget", action="store_true", help="without a budget over all sources")
    given = arguments.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    in_process()
    as_process(given.warm_up, given.seconds, budget=not given.no_budget)


def as_process(warm_up: float, seconds: float, *, budget: bool) -> None:
    names = {f"s{number:04}": "60s" for number in range(SOURCES)}
    with Rig() as rig, folder() as place:
        environment = environ(rig, place / "state", names, MONITOR_MONTHLY_BUDGET="1000000" if budget else "")
        done = work(rig, environment, requests=2, warm_up=warm_up, seconds=seconds)
    print(
        f"{SOURCES} sources, {'one budget over all' if budget else 'no budget'}: {done.polls:.0f} polls in "
        f"{done.wall:.0f} s ({done.polls / done.wall / (SOURCES / 60):.2f} of what is due), "
        f"{done.milliseconds:.1f} ms CPU a poll, first request after {done.first:.1f} s, {done.resident:.0f} MiB"
    )
    report("CPU of one core", done.share, 15, "%")


def in_process() -> None:
    saves: dict[int, list[float]] = {1: [], SOURCES: []}
    polls: dict[int, list[float]] = {1: [], SOURCES: []}
    for _ in range(3):
        for count in saves:
            with folder() as place:
                save, poll = asyncio.run(times(place, count))
            saves[count] += save
            polls[count] += poll
    save_one, save_many, poll_one, poll_many = (
        median(values) * 1000 for values in (saves[1], saves[SOURCES], polls[1], polls[SOURCES])
    )
    print(
        f"save of one source: {save_one:.2f} ms alone, {save_many:.2f} ms of {SOURCES}; "
        f"whole poll with a budget over all: {poll_one:.2f} ms and {poll_many:.2f} ms ({poll_many / poll_one:.1f}x)"
    )
    report(f"save of one source among {SOURCES}, against alone", save_many / save_one, 1.5, "x")


class Fixed:
    """A source that answers at once."""

    async def fetch(self, now: datetime) -> Observation:
        month, day = Period.MONTH.window(now, UTC), Period.DAY.window(now, UTC)
        cost = Money(Decimal("12.34"), "USD")
        readings = (Reading(month, cost), Reading(day, cost), Reading(month, cost, "gpt-4.1"))
        return Observation(readings, now, timedelta(milliseconds=1))


class Timed:
    """Saves for real, and notes how long a source's file took."""

    def __init__(self, snapshots: Snapshots) -> None:
        self.snapshots = snapshots
        self.took: list[float] = []

    async def save_source(self, name: str, source: SourceState) -> None:
        began = time.perf_counter()
        await self.snapshots.save_source(name, source)
        self.took.append(time.perf_counter() - began)

    async def save_alerts(self, state: State) -> None:
        await self.snapshots.save_memory(Memory(tuple(state.alerts.values()), state.log))


async def times(place: Path, count: int, rounds: int = 100) -> tuple[list[float], list[float]]:
    """Return the times of the saves, and of the whole polls without the network."""
    names = [f"s{number:04}" for number in range(count)]
    plan = Plan(
        sources={name: Watched(name, "holysheep") for name in names},
        budgets=(Budget("monthly", Money(Decimal(1_000_000), "USD")),),
    )
    state = State({name: SourceState(Spend("USD")) for name in names})
    snapshots = Snapshots(place / "state")
    snapshots.lock()
    timed = Timed(snapshots)
    source = Fixed()
    watch = Watch(plan, state, dict.fromkeys(names, source), timed, lambda: datetime.now(UTC), random.Random(1))  # noqa: S311
    for name in names:
        await watch.poll(name)
    timed.took.clear()
    whole = []
    for number in range(rounds):
        began = time.perf_counter()
        await watch.poll(names[number % min(count, 10)])
        whole.append(time.perf_counter() - began)
    snapshots.close()
    return timed.took, whole


if __name__ == "__main__":
    main()
