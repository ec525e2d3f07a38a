"""What never spent before is told once, for a day, and ends in silence."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.alerting.life import Finding
from monitor.core.budgets import Severity
from monitor.core.rules.first_seen import first_seen
from monitor.core.spending.readings import Observation, Reading, Series
from monitor.core.spending.series import Part
from monitor.core.spending.spend import Spend
from monitor.core.spending.trail import Trail
from monitor.core.tuning import FirstSeen
from monitor.core.windows import Period
from tests.core.rules.accounts import DAY, HOUR, NOW, WEEK, Spending, account, evenly
from tests.core.story import START, Story, usd

OLD = account(evenly(1), {"gpt-4.1": evenly(1)}).spend


def added(spend: Spend, *amounts: str, series: Series = Series(model="o3"), ago: timedelta = HOUR) -> Spend:  # noqa: B008
    """Return the account with a part that was first seen `ago`, and what it had spent at each look since."""
    began, step = NOW - ago, ago / len(amounts)
    marks = [(began - HOUR, Decimal(0))] + [(began + step * n, Decimal(amount)) for n, amount in enumerate(amounts, 1)]
    return replace(spend, parts=(*spend.parts, Part(series, began, Trail.of(tuple(marks)))))


def look(spend: Spend, *known: str) -> list[Finding]:
    return list(first_seen("openai", spend, FirstSeen(), known, UTC, NOW))


@pytest.mark.parametrize(("amount", "told"), [("0.99", False), ("1", True), ("50", True)])
def test_a_new_model_is_told_once_it_has_spent_the_floor(amount: str, *, told: bool) -> None:
    found = look(added(OLD, amount))

    assert [finding.alert.severity for finding in found] == ([Severity.WARNING] if told else [])


def test_the_message_names_the_part_its_cost_and_its_begin() -> None:
    spend = added(OLD, "5", series=Series("o3", None, "team"), ago=20 * DAY)

    (found,) = look(added(spend, "2.50", series=Series("o3", None, "intern")))

    assert found.alert.summary == "openai: o3 / intern spends for the first time, $2.50 so far"
    assert found.alert.advice[0] == "It was first seen Wed 25 Nov 02:00 UTC; in the time before it cost nothing."
    assert found.alert.key == "first_seen:openai:o3//intern"


def test_one_that_creeps_is_told_when_it_passes_the_floor_however_late() -> None:
    (found,) = look(added(OLD, "0.2", "0.4", "0.9", "1.2", ago=12 * DAY))

    assert found.alert.window is not None
    assert found.alert.window.start == NOW


def test_what_began_in_a_long_outage_is_told_at_its_end() -> None:
    part = Part(Series(model="o3"), NOW, Trail.of(((NOW - 3 * DAY, Decimal(0)), (NOW, Decimal(90)))))

    assert len(look(replace(OLD, parts=(*OLD.parts, part)))) == 1


def test_a_day_later_it_is_no_news() -> None:
    spend = added(OLD, "2", *["2"] * 30, ago=31 * HOUR)

    assert look(spend) == []
    assert [found.alert.severity for found in look(spend, "first_seen:openai:o3//")] == [Severity.OK]


def test_what_shows_up_in_the_first_day_of_a_watch_is_not_new() -> None:
    young = account(evenly(1), {"gpt-4.1": evenly(1)}, watched=20 * HOUR).spend

    assert look(added(young, "50")) == []


def test_a_provider_that_begins_to_tell_keys_has_no_new_keys() -> None:
    assert look(added(OLD, "50", series=Series(key="ci"))) == []


def test_a_part_whose_bill_of_another_day_is_known_is_not_new() -> None:
    last_week = Reading(Period.DAY.window(NOW - WEEK, UTC), usd("0.30"), model="o3")

    assert look(replace(added(OLD, "50"), readings=(last_week,))) == []


def test_the_first_key_ever_on_an_account_that_spent_nothing_is_new() -> None:
    idle: Spending = lambda hour: Decimal(50) if hour >= NOW - HOUR else Decimal(0)  # noqa: E731

    assert len(look(added(account(idle).spend, "50", series=Series(key="ci")))) == 1


def test_it_is_told_once_and_ends_in_silence() -> None:
    story = Story(None)
    heard: list[tuple[datetime, str]] = []
    for hours in range(24 * 10):
        story.at(START + HOUR * hours)
        costs = {"gpt-4.1": Decimal(hours), "o3": Decimal(max(hours - 60, 0))}
        month = Period.MONTH.window(story.now, UTC)
        readings = [Reading(month, usd(cost), model=model) for model, cost in costs.items() if cost]
        whole = Reading(month, usd(sum(costs.values(), Decimal(0))))
        titles = story.poll(Observation((whole, *readings), story.now, timedelta()))
        heard += [(story.now, title) for title in titles if "first time" in title]

    assert heard == [(START + 61 * HOUR, "[WARNING] holysheep: o3 spends for the first time, $1.00 so far")]
    assert [key for key in story.state.alerts if key.startswith("first_seen")] == []


@settings(deadline=None)
@given(st.lists(st.decimals(0, 100, places=2), min_size=1, max_size=20), st.integers(0, 60), st.decimals(0, 50))
def test_more_spend_never_silences_it_within_the_day(amounts: list[Decimal], hours: int, more: Decimal) -> None:
    levels = [str(amount) for amount in sorted(amounts)]
    one = look(added(OLD, *levels, ago=HOUR * (hours % 23 + 1)))
    other = look(added(OLD, *[str(Decimal(level) + more) for level in levels], ago=HOUR * (hours % 23 + 1)))

    assert len(one) <= len(other)


@given(st.decimals(0, 1000), st.integers(0, 5 * 7))
def test_parts_that_were_always_there_are_never_new(amount: Decimal, days: int) -> None:
    spend = account(evenly(amount), {"gpt-4.1": evenly(amount)}, watched=DAY * days + WEEK).spend

    assert look(spend) == []
