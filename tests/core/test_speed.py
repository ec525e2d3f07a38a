"""The night of the loop and other fast money, told as timelines."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerting.measured import Measured
from monitor.core.budgets import Budget, Thresholds
from monitor.core.plan import Watched
from monitor.core.rules.forecast import pace_of
from monitor.core.spending.readings import Quota
from monitor.core.spending.trail import Trail
from monitor.core.tuning import BurnRate, BurnStep, Forecast, Tuning
from monitor.core.windows import Period
from tests.core.story import Story, usd

MONTHLY = Budget("monthly", usd(500))
SPEED = Tuning()
BURN = Tuning(forecast=Forecast(enabled=False))
TWICE = BurnStep(Decimal(2), timedelta(hours=1), timedelta(minutes=5))
Heard = list[tuple[int, Decimal, str]]


def night(
    rate: Decimal | int, *, budget: Budget = MONTHLY, hours: int = 2, spent: int = 120
) -> list[tuple[int, Decimal, str]]:
    """Return what is heard (minute, spent since it began, title) of so many dollars an hour after a quiet day."""
    story = Story(budget, tuning=BURN).at(datetime(2026, 11, 10, 0, 0, tzinfo=UTC))
    for _ in range(24 * 4):
        story.later(minutes=15).spend(spent)
    heard = []
    for minute in range(1, hours * 60 + 1):
        grown = Decimal(rate) * minute / 60
        heard += [(minute, grown, title) for title in story.later(minutes=1).spend(spent + grown)]
    return heard


def test_the_overnight_loop_is_told_within_fifteen_minutes_and_fifteen_dollars() -> None:
    (minute, spent, title), *_ = night(50)

    assert title == "[EMERGENCY] holysheep: spending 72x faster than the monthly budget allows"
    assert minute <= 15
    assert spent <= 15


def test_the_leaked_key_is_told_at_the_second_poll() -> None:
    (minute, _, title), *_ = night(540)

    assert title.startswith("[EMERGENCY] holysheep: spending ")
    assert minute <= 2


def test_the_loop_is_one_message_until_the_thresholds_reach_its_severity() -> None:
    titles = [title for _, _, title in night(50, hours=8)]

    assert [title.split("]")[0] for title in titles] == ["[EMERGENCY", "[EMERGENCY", "[EMERGENCY"]
    assert "faster than" in titles[1]  # The reminder after four hours.
    assert titles[2] == "[EMERGENCY] holysheep: 95% of the monthly budget"


def test_an_even_month_is_silent() -> None:
    assert night(Decimal(500) / 720, hours=24) == []


def test_a_loop_that_ends_is_told_to_be_over() -> None:
    story = Story(MONTHLY, tuning=SPEED)
    story.spend(100)
    heard = [title for minute in range(1, 31) for title in story.later(minutes=1).spend(100 + minute)]
    calm = [title for _ in range(60) for title in story.later(minutes=1).spend(130)]

    assert [title.split("]")[0] for title in heard] == ["[EMERGENCY"]
    assert calm == ["[RESOLVED] holysheep: spending is back to 0.0x the even pace of the monthly budget"]


def test_nothing_is_said_of_a_pace_that_was_not_watched_for_the_short_window() -> None:
    story = Story(MONTHLY, tuning=SPEED)

    assert [title for spent in (0, 50, 100, 200) for title in story.later(minutes=1).spend(spent)] == []


def test_small_money_is_no_emergency_whatever_its_pace() -> None:
    assert night(Decimal("0.9"), budget=Budget("monthly", usd(5)), hours=1, spent=0) == []


def test_a_step_that_would_hold_the_whole_limit_is_left_to_the_thresholds() -> None:
    daily = Budget("daily", usd(100), Period.DAY)
    titles = [title for _, _, title in night(20, budget=daily, hours=3, spent=0)]

    assert titles == []
    assert night(80, budget=daily, hours=1, spent=0)[0][2].startswith("[EMERGENCY] holysheep: spending 19x")


def test_figures_that_move_by_the_day_are_judged_by_the_day_and_it_is_said() -> None:
    story = Story(MONTHLY, tuning=BURN)
    coarse = Watched("holysheep", "holysheep", grain=timedelta(days=1))
    story.plan = replace(story.plan, sources={"holysheep": coarse})
    story.at(datetime(2026, 11, 8, 0, 0, tzinfo=UTC))
    heard = []
    for hour in range(1, 49):
        heard += story.later(hours=1).spend(100 + 30 * (hour // 24))  # All of a day's cost comes at midnight.

    assert heard == []


def test_the_table_of_steps_can_be_set() -> None:
    story = Story(MONTHLY, tuning=Tuning(burn_rate=BurnRate(emergency=TWICE)))
    story.spend(100)
    heard = [title for minute in range(1, 240) for title in story.later(minutes=1).spend(100 + Decimal(minute) / 10)]

    assert heard
    assert heard[0].startswith("[EMERGENCY]")


def test_the_forecast_names_the_day_and_is_told_once() -> None:
    story = Story(Budget("monthly", usd(300)), tuning=SPEED).at(datetime(2026, 11, 5, 0, 0, tzinfo=UTC))
    heard = []
    for hour in range(1, 10 * 24):
        heard += story.later(hours=1).spend(Decimal(hour) / 2 + 10)

    assert heard == ["[WARNING] holysheep: at this pace the monthly budget is used up on Sun 29 Nov, 04:00 UTC"]


def test_a_forecast_that_holds_until_the_end_is_silent() -> None:
    story = Story(Budget("monthly", usd(400)), tuning=SPEED).at(datetime(2026, 11, 5, 0, 0, tzinfo=UTC))

    assert [t for hour in range(1, 10 * 24) for t in story.later(hours=1).spend(Decimal(hour) / 2 + 40)] == []


def test_after_two_weeks_the_forecast_follows_the_hours_of_the_week() -> None:
    saturday = datetime(2026, 11, 28, 0, 0, tzinfo=UTC)
    trail, at, spent = Trail(), saturday - timedelta(days=21), Decimal(0)
    while at < saturday:
        trail = trail.grown(Decimal(1) if at.weekday() < 5 else Decimal(0), at + timedelta(hours=1))
        at += timedelta(hours=1)
    measured = Measured(
        about="monthly",
        subject="holysheep",
        what="the monthly budget",
        limit=usd(500),
        window=Period.MONTH.window(saturday, UTC),
        spent=usd(spent),
        ratio=Decimal(0),
        thresholds=Thresholds(),
        trail=trail,
        sources=("holysheep",),
    )

    pace = pace_of(measured, saturday)

    assert round(pace.until(saturday + timedelta(days=2))) == 0
    assert round(pace.until(saturday + timedelta(days=9))) == 120
    monday_noon = saturday + timedelta(days=2, hours=12)
    assert abs(pace.reaches(Decimal(12), saturday + timedelta(days=9)) - monday_noon) < timedelta(minutes=15)


def test_one_week_of_working_days_raises_no_false_forecast() -> None:
    story = Story(Budget("monthly", usd(400)), tuning=SPEED).at(datetime(2026, 11, 2, 0, 0, tzinfo=UTC))
    spent, heard = Decimal(0), []
    while story.now < datetime(2026, 11, 30, tzinfo=UTC):
        story.later(hours=1)
        spent += Decimal("0.625") if story.now.weekday() < 5 else 0  # $330 in the month, $450 if all days were alike.
        heard += story.spend(spent)

    assert [title for title in heard if "this pace" in title] == []


rates = st.lists(st.integers(0, 40), min_size=1, max_size=60)


@given(rates)
def test_who_spends_more_hears_no_later(dollars: list[int]) -> None:
    def first(extra: int) -> int:
        story = Story(MONTHLY, tuning=SPEED)
        story.spend(0)
        for _ in range(6):
            story.later(minutes=1).spend(0)
        spent = 0
        for minute, step in enumerate(dollars):
            spent += step + extra
            if story.later(minutes=1).spend(spent):
                return minute
        return len(dollars)

    assert first(1) <= first(0)


@pytest.mark.parametrize("minutes", [1, 7, 30])
def test_an_outage_of_hours_is_no_burst(minutes: int) -> None:
    story = Story(MONTHLY, tuning=SPEED).at(datetime(2026, 11, 10, 0, 0, tzinfo=UTC))
    for _ in range(60):
        story.later(minutes=minutes).spend(100)
    story.later(hours=6)

    assert story.spend(106) == []  # $1 an hour: 1.4 times the even pace.


def test_a_correction_in_the_middle_of_a_loop_is_no_end_of_it() -> None:
    story = Story(MONTHLY, tuning=BURN)
    heard, spent = [], Decimal(100)
    for minute in range(90):
        spent += Decimal(50) / 60 - (60 if minute == 45 else 0)
        heard += story.later(minutes=1).spend(spent)

    assert [title.split("]")[0] for title in heard] == ["[EMERGENCY"]


def test_the_speed_of_a_quota_that_is_gone_is_over() -> None:
    story = Story(None, tuning=BURN)
    heard = []
    for minute in range(30):
        heard += story.later(minutes=1).spend(100 + minute, Quota(usd(100 + minute), usd(500)))
    heard += story.later(minutes=1).spend(130, Quota(None, None))

    assert [title.split("]")[0] for title in heard] == ["[EMERGENCY", "[RESOLVED"]
