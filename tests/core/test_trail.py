"""How a sum grew: small for ever, exact lately, honest when clocks are not."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.spending.trail import COARSE, FINE, Grain, Trail, merged

START = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def trail(*growths: int, every: timedelta = MINUTE) -> Trail:
    marks = Trail()
    for number, growth in enumerate(growths):
        marks = marks.grown(Decimal(growth), START + every * number)
    return marks


def test_ninety_days_of_minutes_stay_bounded_and_keep_the_growth_of_the_month() -> None:
    minutes = 90 * 24 * 60
    marks = Trail.of(tuple((START + MINUTE * number, Decimal(number)) for number in range(minutes)))
    for number in range(minutes, minutes + 180):
        marks = marks.grown(Decimal(1), START + MINUTE * number)
        assert len(marks.marks) < 68 * 24 + 2 * 24 * 4 + 2 * 60 + 10

    now = START + MINUTE * (minutes + 179)
    for days in (1, 30, 60):
        assert abs(marks.between(now - timedelta(days=days), now) - days * 24 * 60) < 1


def test_marks_that_age_one_by_one_keep_the_growth_too() -> None:
    marks, now = Trail(), START
    for _ in range(5 * 24 * 6):
        now += 10 * MINUTE
        marks = marks.grown(Decimal(1), now)

    assert len(marks.marks) < 3 * 24 + 2 * 24 * 4 + 2 * 6 + 10
    assert abs(marks.between(now - timedelta(days=4), now) - 4 * 24 * 6) < 1


def test_a_flat_stretch_is_kept_as_its_two_ends() -> None:
    assert len(trail(*[5] + [0] * 50).marks) == 2


def test_the_level_between_marks_is_even_and_flat_outside_them() -> None:
    marks = trail(10, 20, every=HOUR)

    assert marks.level(START - HOUR) == 10
    assert marks.level(START) == 10
    assert marks.level(START + HOUR / 2) == 20
    assert marks.level(START + 5 * HOUR) == 30
    assert Trail().level(START) == 0


@pytest.mark.parametrize("grain", [FINE, COARSE])
def test_what_grew_after_a_flat_stretch_is_never_spread_over_it(grain: Grain) -> None:
    marks, now = Trail(), START
    for minute in range(10 * 60):
        now = START + minute * MINUTE
        marks = marks.grown(Decimal(0), now, grain=grain)
    flat_until = now
    for _ in range(12 * 60):
        now += MINUTE
        marks = marks.grown(Decimal(1), now, grain=grain)

        assert marks.between(START, flat_until) == 0
    for _ in range(3 * 24 * 4):
        now += 15 * MINUTE
        marks = marks.grown(Decimal(1), now, grain=grain)

    assert marks.between(START, flat_until) == 0
    assert len(marks.marks) < 500


def test_a_clock_that_was_set_back_drops_the_future_and_keeps_what_was_spent() -> None:
    marks = trail(10, 20, 30, every=HOUR).grown(Decimal(5), START + HOUR / 2)

    assert [when for when, _ in marks.marks] == [START, START + HOUR / 2]
    assert marks.level(START + HOUR) == 65


def test_a_correction_is_never_negative_growth() -> None:
    marks = trail(10, 20, -25)

    assert marks.between(START + MINUTE, START + 2 * MINUTE) == 0
    assert marks.level(START + 2 * MINUTE) == 5


def test_the_pace_is_per_hour_of_what_was_watched_and_unknown_below_a_minute() -> None:
    assert Trail().pace(START, HOUR) is None
    assert trail(10).pace(START + MINUTE / 2, HOUR) is None
    assert round(trail(10, 1).pace(START + MINUTE, HOUR) or 0, 6) == 60
    assert trail(10, *[1] * 120).pace(START + 120 * MINUTE, HOUR) == 60


def test_a_trail_covers_what_comes_after_its_first_mark() -> None:
    assert not Trail().covers(START)
    assert trail(1).covers(START)
    assert not trail(1).covers(START - MINUTE)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(-90, 600)), max_size=40), st.integers(0, 600))
def test_marks_stay_in_order_and_growth_is_never_negative(steps: list[tuple[int, int]], minutes: int) -> None:
    marks, now = Trail(), START
    for growth, after in steps:
        now += timedelta(minutes=after)
        marks = marks.grown(Decimal(growth), now)

    times = [when for when, _ in marks.marks]
    assert times == sorted(set(times))
    assert marks.between(now - timedelta(minutes=minutes), now) >= 0
    assert marks.level(now) == sum(growth for growth, _ in steps)


@settings(deadline=None)
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 3000)), min_size=1, max_size=12), max_size=4),
    st.timedeltas(MINUTE, timedelta(days=70)),
)
def test_the_sum_of_trails_is_the_sum_of_their_levels(steps: list[list[tuple[int, int]]], back: timedelta) -> None:
    trails = []
    for each in steps:
        marks, now = Trail(), START
        for growth, after in each:
            now += timedelta(minutes=after)
            marks = marks.grown(Decimal(growth), now)
        trails.append(marks)
    whole = merged(trails, back)

    assert len(trails) < 2 or whole.marks[0][0] >= whole.marks[-1][0] - back
    for when, level in whole.marks:
        assert abs(level - sum(trail.level(when) for trail in trails)) < Decimal("1e-9")
    assert whole.last_level == sum(trail.last_level for trail in trails)
