"""What several sources spent together: the same as counting everything anew, whatever the order of the polls."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.budgets import EVERYTHING, Budget, Scope
from monitor.core.plan import Plan, Watched
from monitor.core.spending.readings import Observation, Reading
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.spending.tally import Tally, counted
from monitor.core.windows import Period
from tests.core.story import usd

START = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NAMES = ("a", "b", "c")


class World:
    """Three sources under one budget; `poll` counts the tally as the daemon does."""

    def __init__(self, scope: Scope = EVERYTHING) -> None:
        budget = Budget("monthly", usd(100), scope=scope)
        self.plan = Plan({name: Watched(name, "holysheep") for name in NAMES}, (budget,))
        self.group = self.plan.group(budget)
        self.sources = {name: SourceState(Spend("USD")) for name in NAMES}
        self.tally = Tally()
        self.now = START

    def poll(self, name: str, amount: Decimal | int, model: str | None = None) -> None:
        window = Period.MONTH.window(self.now, UTC)
        reading = Reading(window, usd(Decimal(amount)), model)
        seen = Observation((reading,), self.now, timedelta())
        self.sources = {**self.sources, name: self.sources[name].after(seen, self.now)}
        self.tally = self.tally.after(self.group, name, self.sources, [window], self.now)


polls = st.lists(
    st.tuples(st.sampled_from(NAMES), st.decimals(0, 1000, places=9), st.integers(0, 3 * 24 * 60)), max_size=30
)


@given(polls)
def test_it_is_what_counting_everything_anew_gives(steps: list[tuple[str, Decimal, int]]) -> None:
    world = World()
    for name, amount, minutes in steps:
        world.now += minutes * MINUTE
        world.poll(name, amount)

        window = Period.MONTH.window(world.now, UTC)
        assert world.tally.sums[window] == counted(world.group, world.sources, window, world.now)


@given(polls)
def test_its_trail_grows_by_what_the_sources_grew(steps: list[tuple[str, Decimal, int]]) -> None:
    world = World()
    for name in NAMES:
        world.poll(name, 0)
    for name, amount, minutes in steps:
        world.now += minutes * MINUTE
        world.poll(name, amount)

    grown = sum((source.spend.trail.last_level for source in world.sources.values()), Decimal(0))
    assert world.tally.trail.last_level == grown


def test_what_a_source_had_spent_before_the_watch_is_no_growth() -> None:
    world = World()
    for name, amount in (("a", 50), ("b", 20), ("c", 10)):
        world.now += MINUTE
        world.poll(name, amount)

    assert world.tally.trail.between(START, world.now) == 0
    assert world.tally.spent(Period.MONTH.window(world.now, UTC), "USD") == usd(80)


def test_growth_that_was_seen_late_belongs_to_all_of_the_time_since_the_last_look() -> None:
    world = World()
    for name in NAMES:
        world.poll(name, 0)
    for _ in range(4 * 60):
        world.now += MINUTE
        world.poll("b", 0)
    world.poll("a", 40)

    assert world.tally.trail.between(world.now - HOUR, world.now) == 10


def test_after_a_restart_it_is_found_again_from_the_sources() -> None:
    world = World()
    for number in range(120):
        world.now += MINUTE
        world.poll(NAMES[number % 3], number)
    before = world.tally
    world.tally = Tally()
    world.poll("c", 119)

    window = Period.MONTH.window(world.now, UTC)
    assert world.tally.sums[window] == before.sums[window]
    for minutes in (5, 30, 60):
        start = world.now - minutes * MINUTE
        assert abs(world.tally.trail.between(start, world.now) - before.trail.between(start, world.now)) < 4


def test_a_budget_on_one_model_counts_that_model_of_all_sources() -> None:
    world = World(Scope(model="large"))
    for name in NAMES:
        world.poll(name, 5, "small")
        world.poll(name, 1, "large")
    world.now += MINUTE
    world.poll("a", 3, "large")

    assert world.tally.spent(Period.MONTH.window(world.now, UTC), "USD") == usd(5)
    assert world.tally.trail.between(START, world.now) == 2


def test_of_nothing_known_the_sum_is_unknown() -> None:
    world = World()
    window = Period.MONTH.window(START, UTC)

    assert world.tally.spent(window, "USD") is None
    assert world.tally.after(world.group, "a", world.sources, [window], START).spent(window, "USD") is None


def test_a_source_that_forgot_what_it_knew_is_taken_out_of_the_sum() -> None:
    world = World()
    world.poll("a", 7)
    world.poll("b", 5)
    window = Period.MONTH.window(START, UTC)
    world.sources = {**world.sources, "a": replace(world.sources["a"], spend=Spend("USD"))}

    assert world.tally.after(world.group, "a", world.sources, [window], START).spent(window, "USD") == usd(5)
