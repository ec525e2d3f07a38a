"""Polls come on time, whatever clocks and polls do."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.daemon.schedule import Rhythm, Schedule

INTERVALS = st.timedeltas(timedelta(milliseconds=10), timedelta(days=7))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
NAMES = st.text(min_size=1, max_size=20)
SLACK = timedelta(seconds=60)
PATIENCE = timedelta(seconds=5)


@settings(deadline=None)
@given(NAMES, INTERVALS, MOMENTS, MOMENTS)
def test_the_next_time_is_after_now_within_one_interval_whatever_was_before(
    name: str, interval: timedelta, previous: datetime, now: datetime
) -> None:
    following = Rhythm(name, interval).get_next_fire_time(previous, now)

    assert now < following <= now + interval


@settings(deadline=None)
@given(NAMES, INTERVALS, MOMENTS, MOMENTS)
def test_the_phase_is_stable(name: str, interval: timedelta, one: datetime, other: datetime) -> None:
    first = Rhythm(name, interval).get_next_fire_time(None, one)
    second = Rhythm(name, interval).get_next_fire_time(None, other)

    assert (first - second) % interval == timedelta()


@settings(deadline=None)
@given(NAMES, INTERVALS, MOMENTS)
def test_beats_follow_each_other_by_the_interval(name: str, interval: timedelta, now: datetime) -> None:
    rhythm = Rhythm(name, interval)
    first = rhythm.get_next_fire_time(None, now)

    assert rhythm.get_next_fire_time(first, first) == first + interval


def test_a_clock_that_was_set_forward_by_a_century_costs_one_step() -> None:
    rhythm = Rhythm("holysheep", timedelta(milliseconds=10))
    began = time.perf_counter()
    for years in range(100):
        rhythm.get_next_fire_time(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027 + years, 1, 1, tzinfo=UTC))

    assert time.perf_counter() - began < 1


def test_sources_of_one_interval_are_spread_over_it() -> None:
    phases = sorted(Rhythm(f"source-{number}", timedelta(minutes=1)).phase for number in range(60))

    assert phases[0] < timedelta(seconds=10)
    assert phases[-1] > timedelta(seconds=50)


def test_sources_that_are_due_at_about_the_same_time_are_due_at_once() -> None:
    phases = [Rhythm(f"source-{number}", timedelta(minutes=1)).phase for number in range(6000)]

    assert len(set(phases)) <= 600


class Polls:
    """Records what is polled and when; waits for `may_end`, and puts the next off by `delay`."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.ended: list[str] = []
        self.at: list[float] = []
        self.delay: timedelta | None = None
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def __call__(self, name: str) -> timedelta | None:
        self.began.append(name)
        self.at.append(time.monotonic())
        await self.may_end.wait()
        self.ended.append(name)
        return self.delay


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not reached():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_every_source_is_polled_at_once_and_then_by_its_own_interval() -> None:
    polls = Polls()
    schedule = Schedule({"fast": timedelta(seconds=0.05), "slow": timedelta(hours=1)}, polls, SLACK)
    schedule.start()
    await until(lambda: polls.ended.count("fast") >= 4)
    await schedule.stop(PATIENCE)

    assert {"fast", "slow"} == set(polls.ended)
    assert polls.ended.count("slow") == 1
    assert schedule.overdue() == []


async def test_a_poll_that_takes_long_is_not_begun_twice_and_holds_up_no_other() -> None:
    polls = Polls()
    hanging = Polls()
    hanging.may_end.clear()

    async def poll(name: str) -> timedelta | None:
        return await (hanging if name == "hangs" else polls)(name)

    schedule = Schedule({"hangs": timedelta(seconds=0.02), "ok": timedelta(seconds=0.02)}, poll, SLACK)
    schedule.start()
    await until(lambda: polls.ended.count("ok") >= 5)
    hanging.may_end.set()
    await schedule.stop(PATIENCE)

    assert hanging.began == ["hangs"]


async def test_polls_that_are_due_at_once_begin_one_at_a_turn_of_the_loop() -> None:
    turn = 0
    began: list[int] = []

    async def count() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    async def poll(name: str) -> timedelta | None:
        began.append(turn)
        return timedelta(hours=1)

    schedule = Schedule({f"s{number}": timedelta(milliseconds=10) for number in range(20)}, poll, SLACK)
    schedule.start()
    time.sleep(0.02)  # noqa: ASYNC251 - the loop is late, and all of them are due.
    counting = asyncio.create_task(count())
    await until(lambda: len(began) >= 20)
    await schedule.stop(PATIENCE)
    counting.cancel()

    assert len(set(began)) == len(began)


async def test_what_a_poll_returns_puts_off_the_next() -> None:
    polls = Polls()
    polls.delay = timedelta(seconds=0.25)
    schedule = Schedule({"holysheep": timedelta(seconds=0.02)}, polls, SLACK)
    schedule.start()
    await until(lambda: len(polls.ended) == 2)
    await schedule.stop(PATIENCE)

    assert polls.at[1] - polls.at[0] >= 0.24


async def test_a_stop_lets_a_running_poll_end_and_starts_no_other() -> None:
    polls = Polls()
    polls.may_end.clear()
    schedule = Schedule({"holysheep": timedelta(seconds=0.02)}, polls, SLACK)
    schedule.start()
    await until(lambda: bool(polls.began))
    stop = asyncio.create_task(schedule.stop(PATIENCE))
    await asyncio.sleep(0.05)
    assert not stop.done()
    polls.may_end.set()
    await stop
    await asyncio.sleep(0.05)

    assert (polls.began, polls.ended) == (["holysheep"], ["holysheep"])


async def test_a_stop_cuts_off_a_poll_that_outlasts_its_patience() -> None:
    polls = Polls()
    polls.may_end.clear()
    schedule = Schedule({"holysheep": timedelta(seconds=0.02)}, polls, SLACK)
    schedule.start()
    await until(lambda: bool(polls.began))
    await schedule.stop(timedelta(seconds=0.02))
    await asyncio.sleep(0.02)

    assert polls.ended == []


async def test_a_poll_that_does_not_end_is_overdue() -> None:
    polls = Polls()
    polls.may_end.clear()
    schedule = Schedule({"holysheep": timedelta(seconds=0.02)}, polls, slack=timedelta(seconds=0.05))
    schedule.start()
    assert schedule.overdue() == []
    await until(lambda: schedule.overdue() == ["holysheep"])
    polls.may_end.set()
    await schedule.stop(PATIENCE)
