"""Which windows are judged: this one, and those of which bills may still come."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.budgets import Budget
from monitor.core.plan import MOST_SETTLING, Plan
from monitor.core.spending.readings import Observation, Reading
from monitor.core.windows import FOREVER, Period, Window
from tests.core.story import START, Story, usd

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("settling", "days"), [(timedelta(), 1), (9 * HOUR, 1), (9 * HOUR + timedelta(seconds=1), 2), (72 * HOUR, 4)]
)
def test_so_many_days_are_judged_as_bills_may_still_come_of(settling: timedelta, days: int) -> None:
    windows = Plan({}, settling=settling).windows(Period.DAY, START)

    assert [window.start for window in windows] == [START - 9 * HOUR - DAY * n for n in range(days)]


def test_of_an_hourly_budget_the_hours_of_a_day_are_judged_and_a_total_has_one_window() -> None:
    plan = Plan({})

    assert len(plan.windows(Period.HOUR, START)) == 1 + MOST_SETTLING
    assert plan.windows(Period.TOTAL, START) == (FOREVER,)


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    period=st.sampled_from([Period.HOUR, Period.DAY, Period.WEEK, Period.MONTH]),
    settling=st.timedeltas(timedelta(), timedelta(days=90)),
)
def test_the_windows_stand_side_by_side_and_the_latest_holds_now(
    now: datetime, period: Period, settling: timedelta
) -> None:
    windows = Plan({}, settling=settling, zone=ZoneInfo("Europe/Berlin")).windows(period, now)

    assert now in windows[0]
    assert [window.end for window in windows[1:]] == [window.start for window in windows[:-1]]
    assert all(now < window.end + settling for window in windows[1:])


def day(ago: int) -> Window:
    return Period.DAY.window(START - DAY * ago, UTC)


def test_a_bill_of_the_day_before_yesterday_that_comes_late_is_told() -> None:
    story = Story(Budget("daily", usd(100), Period.DAY)).at(START - DAY * 4)
    for ago in (4, 3, 2, 1):
        story.at(START - DAY * ago).poll(Observation((Reading(day(ago), usd(10)),), story.now, timedelta()))
    late = Observation((Reading(day(0), usd(5)), Reading(day(2), usd(97))), START, timedelta())

    assert story.at(START).poll(late) == ["[EMERGENCY] holysheep: 97% of the daily budget"]
    assert story.later(minutes=1).poll(late) == []
    assert story.at(START + DAY * 2).poll(late) == []
