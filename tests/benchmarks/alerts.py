"""Thousands of budgets judged at one poll, and a month of minutes replayed: seconds of one core, and how they grow."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import log
from statistics import median

from monitor.core.alerting.due import due_on
from monitor.core.alerting.evaluate import evaluate
from monitor.core.budgets import Budget, Scope
from monitor.core.channels import Channel
from monitor.core.money import Money
from monitor.core.plan import Plan, Watched
from monitor.core.replaying.past import Row, past_of_costs
from monitor.core.replaying.replay import replay
from monitor.core.spending.readings import Observation, Reading
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.state import State
from monitor.core.windows import Period
from tests.benchmarks.rig import report

COUNTS = (100, 1_000, 10_000)
START = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OPS = Channel("ops")
MINUTES_OF_A_MONTH = 43_200


def main() -> None:
    times = sized("budgets of one account, one in a hundred fires", of_one)
    report("10,000 budgets, evaluated and decided", times[-1][1], 1, "s")
    times = sized("accounts with a budget each, polled once around", of_many)
    report("10,000 accounts, polled each minute, share of a core", times[-1][1] / 60 * 100, 15, "%")
    report("a month of minutes replayed against one budget", replayed(), 20, "s")


def sized(name: str, of: Callable[[int], float]) -> list[tuple[int, float]]:
    """Print how the time grows with the count, and return it."""
    times = [(count, median(of(count) for _ in range(3))) for count in COUNTS]
    shown = ", ".join(f"{count:,} in {seconds * 1000:.0f} ms" for count, seconds in times)
    print(f"{name}: {shown}; slope {slope(times):.2f} (1 is linear)")
    return times


def of_one(count: int) -> float:
    """Return the seconds of a poll of one account on which all the budgets are, of which one in a hundred fires."""
    budgets = tuple(
        Budget(f"b{number}", Money(Decimal(100 if number % 100 == 0 else 1000), "USD"), Period.MONTH)
        for number in range(count)
    )
    plan = Plan({"a": Watched("a", "a")}, budgets, channels=(OPS,))
    state = polled(polled(State({"a": SourceState(Spend("USD"))}), plan, "a", START, 80), plan, "a", START + MINUTE, 81)

    return seconds(lambda: due_on(OPS, polled(state, plan, "a", START + 2 * MINUTE, 82), plan, START + 2 * MINUTE))


def of_many(count: int) -> float:
    """Return the seconds of one poll of each account, recorded and judged; each has its own budget."""
    names = [f"a{number}" for number in range(count)]
    budgets = tuple(Budget(f"b-{name}", Money(Decimal(1000), "USD"), scope=Scope(source=name)) for name in names)
    plan = Plan({name: Watched(name, name) for name in names}, budgets, channels=(OPS,))
    state = State({name: SourceState(Spend("USD")) for name in names})
    for name in names[:10]:
        state = polled(state, plan, name, START, 80)
    rounds = count // 10
    few = sum(seconds(lambda name=name: polled(state, plan, name, START + MINUTE, 81)) for name in names[:10])  # type: ignore[misc]
    return few * rounds + seconds(lambda: due_on(OPS, state, plan, START + MINUTE))


def polled(state: State, plan: Plan, name: str, now: datetime, spent: int) -> State:
    reading = Reading(Period.MONTH.window(now, UTC), Money(Decimal(spent), "USD"))
    source = state.sources[name].after(Observation((reading,), now, timedelta()), now)
    return evaluate(replace(state, sources={**state.sources, name: source}), plan, name, now)


def replayed() -> float:
    past = past_of_costs(minutes(), "USD")
    plan = Plan({watched.name: watched for watched in past.watched}, (Budget("monthly", Money(Decimal(500), "USD")),))
    return seconds(lambda: replay(past.looks, plan))


def minutes() -> Iterator[Row]:
    for number in range(MINUTES_OF_A_MONTH):
        yield Row("a", START + MINUTE * number, Decimal(number % 7) / 400)


def seconds(work: Callable[[], object]) -> float:
    """Return what it takes of one core, whatever else the machine does."""
    began = time.process_time()
    work()
    return time.process_time() - began


def slope(times: list[tuple[int, float]]) -> float:
    """Return the exponent by which the time grows with the count, from the first to the last."""
    (few, short), *_, (many, long) = times
    return log(long / short) / log(many / few)


if __name__ == "__main__":
    main()
