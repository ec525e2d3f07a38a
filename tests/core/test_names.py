"""IDs say which project or key is meant, names are for people: a budget takes both, and a new name is no news."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerting.caveats import caveats
from monitor.core.budgets import Budget, Scope
from monitor.core.plan import Plan, Watched
from monitor.core.spending.names import Names
from monitor.core.spending.readings import WHOLE, Observation, Reading, Series
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.state import State
from monitor.core.tuning import Spike, Tuning
from monitor.core.windows import Window
from tests.core.story import Story, usd

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
TODAY = Window(datetime(2026, 5, 20, tzinfo=UTC), datetime(2026, 5, 21, tzinfo=UTC))
CALLED = {"proj_a": "search", "proj_b": "chat", "key_1": "ci", "key_2": "ci"}


def seen(costs: dict[str, int], names: dict[str, str], at: datetime = NOW) -> Observation:
    day = Window(TODAY.start + (at - NOW), TODAY.end + (at - NOW))
    of_projects = [Reading(day, usd(cost), project=of) for of, cost in costs.items() if of.startswith("proj")]
    of_keys = [Reading(day, usd(cost), key=of) for of, cost in costs.items() if of.startswith("key")]
    whole = Reading(day, usd(sum(reading.cost.amount for reading in of_projects)))
    return Observation((whole, *of_projects, *of_keys), at, timedelta(), names=names)


SPEND = Spend("USD").record(seen({"proj_a": 8, "proj_b": 4, "key_1": 7, "key_2": 5}, CALLED), NOW)


def spent(spend: Spend, **of: str) -> Decimal | None:
    known = spend.spent(TODAY, NOW, Series(**of))
    return None if known is None else known.amount


def test_a_budget_goes_by_name_and_by_id() -> None:
    assert spent(SPEND, project="search") == spent(SPEND, project="proj_a") == spent(SPEND, project="Search") == 8
    assert SPEND.trail_of(Series(project="search")) == SPEND.trail_of(Series(project="proj_a"))
    assert spent(SPEND, project="nobody") is None


def test_all_keys_of_one_name_are_meant() -> None:
    assert spent(SPEND, key="ci") == 12
    assert SPEND.trail_of(Series(key="ci")).last_level == 12


def test_a_budget_on_a_name_goes_on_after_it_is_gone_unless_another_has_taken_it() -> None:
    renamed = SPEND.record(seen({"proj_a": 9, "proj_b": 4}, {"proj_a": "finder"}), NOW)
    taken = renamed.record(seen({"proj_a": 9, "proj_b": 4}, {"proj_b": "search"}), NOW)

    assert spent(renamed, project="search") == spent(renamed, project="finder") == 9
    assert spent(taken, project="search") == 4
    assert spent(taken, project="chat") == 4


def test_names_are_shown_in_the_place_of_ids_and_two_of_one_name_are_told_apart() -> None:
    shown = [str(SPEND.names.shown(series)) for series in (Series("gpt-4.1", "proj_a"), Series(key="key_2"), WHOLE)]

    assert shown == ["gpt-4.1 / search", "ci (key_2)", "everything"]
    assert str(Names().shown(Series(project="proj_a"))) == "proj_a"


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz"), max_size=3), max_size=6))
def test_every_name_that_one_ever_had_means_something(told: list[dict[str, str]]) -> None:
    names = Names()
    for each in told:
        names = names.told(each)

    for one, name in ((one, name) for each in told for one, name in each.items()):
        meant = names.meant(Series(project=name))
        assert Series(project=name) not in meant
        assert Series(project=one) in meant or any(names.now[other.project or ""] == name for other in meant)
    assert names.told(dict(names.now)) is names


def test_a_name_and_a_new_name_are_no_news() -> None:
    story = Story(None)
    story.at(NOW).poll(seen({"proj_a": 20}, {}))
    later = NOW + timedelta(days=3)

    told = story.at(later).poll(seen({"proj_a": 20}, CALLED, later))
    told += story.at(later + timedelta(days=1)).poll(seen({"proj_a": 20}, {"proj_a": "x"}, later + timedelta(days=1)))

    assert told == []


def test_a_new_project_is_told_by_its_name() -> None:
    story = Story(None)
    story.at(NOW).poll(seen({"proj_a": 20}, CALLED))
    later = NOW + timedelta(days=3)

    told = story.at(later).poll(seen({"proj_a": 20, "proj_b": 30}, {}, later))

    assert "[WARNING] holysheep: chat spends for the first time, $30.00 so far" in told


def test_a_budget_of_which_nothing_is_told_is_said_with_the_nearest_name() -> None:
    budgets = tuple(Budget(word, usd(9), scope=Scope(project=word)) for word in ("search", "proj_b", "serach"))
    plan = Plan({"openai": Watched("openai", "openai")}, budgets, tuning=Tuning(spike=Spike(enabled=False)))

    assert caveats(plan, State({"openai": SourceState(SPEND)}), NOW) == (
        "budget serach counts nothing so far: openai told nothing of the project serach; did you mean search?",
    )
