"""Durations are read as people write them, and nothing else is."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.parsing.durations import LONGEST, parse_duration, parse_wait


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90", timedelta(seconds=90)),
        ("0.5", timedelta(seconds=0.5)),
        ("90s", timedelta(seconds=90)),
        ("1.25s", timedelta(seconds=1.25)),
        ("5m", timedelta(minutes=5)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("7d", timedelta(days=7)),
        (" 4H ", timedelta(hours=4)),
        ("366d", timedelta(days=366)),
    ],
)
def test_a_duration_is_read(text: str, expected: timedelta) -> None:
    assert expected == parse_duration(text)


@pytest.mark.parametrize(
    "text",
    ["", " ", "5x", "m", "1.5h", "30m1h", "1h 30m", "-5", "+5", "1e3", "inf", "nan", "\u0665s", "1_000", ".5", "5."],
)
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["0", "0s", "0h0m", "0.0000001"])
def test_a_duration_of_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["366d1s", "999999999", "8785h", "366d0.000001s", "31622400.5"])
def test_more_than_a_year_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="longer than 366 days"):
        parse_duration(text)


def test_a_wait_that_would_spin_is_refused() -> None:
    assert parse_wait("0.1s") == timedelta(milliseconds=100)
    with pytest.raises(ValueError, match="too short"):
        parse_wait("0.09s")


@given(st.integers(0, 365), st.integers(0, 23), st.integers(0, 59), st.integers(1, 59))
def test_what_is_written_is_what_is_read(days: int, hours: int, minutes: int, seconds: int) -> None:
    expected = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)

    assert expected == parse_duration(f"{days}d{hours}h{minutes}m{seconds}s")
    assert expected == parse_duration(str(int(expected.total_seconds())))


@given(st.text(alphabet="0123456789.dhms -", max_size=12) | st.text(max_size=12))
def test_any_text_is_a_duration_in_bounds_or_a_value_error(text: str) -> None:
    try:
        duration = parse_duration(text)
    except ValueError:
        return
    assert timedelta(0) < duration <= LONGEST
