"""Marks as bytes: what goes in comes out, however large it is."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.money import to_nano
from monitor.core.spending.marks import Marks, Point, amount

TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - its zone is beside it.
MARKS = st.lists(st.tuples(TIMES, st.decimals(-(10**9), 10**9, places=9)), max_size=20)
POINTS = st.lists(st.tuples(st.integers(0, 2**52), st.integers(-(10**22), 10**22)), max_size=8)


@given(MARKS)
def test_times_and_levels_come_out_as_they_went_in(marks: list[tuple[datetime, Decimal]]) -> None:
    assert list(Marks.of(marks)) == marks
    assert Marks.of(marks)[1:3] == marks[1:3]
    assert len(Marks.of(marks)) == len(marks)


@given(POINTS, POINTS, st.integers(0, 8), st.integers(0, 8))
def test_what_is_added_behind_a_part_is_as_if_it_had_always_stood_there(
    known: list[Point], new: list[Point], start: int, stop: int
) -> None:
    before = Marks.of_points(known)

    assert before.then(new, start, stop) == Marks.of_points([*before.points(start, stop), *new])
    assert before.then(new) == Marks.of_points([*before.points(), *new])


@given(st.integers(-(10**22), 10**22))
def test_a_level_beyond_all_sense_keeps_its_first_eighteen_digits(level: int) -> None:
    marks = Marks.of_points([(0, level)])

    assert 0 <= level - marks.nano(0) < 10 ** (9 - marks.places)
    assert marks.places == 9 or abs(level) >= 9 * 10**18


def test_a_level_that_no_money_has_is_refused() -> None:
    with pytest.raises(ValueError, match="no sum of money"):
        Marks.of_points([(0, 10**30)])


@pytest.mark.parametrize(
    ("told", "shown"), [("31.2", "31.20"), ("0", "0.00"), ("-5", "-5.00"), ("0.000000001", "1E-9"), ("1.125", "1.125")]
)
def test_an_amount_has_the_places_that_it_needs_and_two_at_least(told: str, shown: str) -> None:
    assert str(amount(to_nano(Decimal(told)))) == shown


@pytest.mark.parametrize(
    "parts", [(b"1234567", b"1234567"), (b"12345678", b""), (b"", b"12345678")], ids=["torn", "no level", "no time"]
)
def test_bytes_that_are_no_marks_are_refused(parts: tuple[bytes, bytes]) -> None:
    with pytest.raises(ValueError, match="do not fit together"):
        Marks(*parts)


def test_a_year_of_hours_takes_sixteen_bytes_each() -> None:
    marks = Marks.of((datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n), Decimal(n)) for n in range(8_760))

    assert len(marks.times) + len(marks.levels) == 16 * 8_760
