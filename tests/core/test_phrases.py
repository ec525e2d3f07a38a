"""Times, spans and lists as people say them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.core.telling.phrases import cut, lasted, some_of, window_words
from monitor.core.windows import FOREVER, Period, Window
from tests.core.story import START

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (FOREVER, "since the beginning"),
        (Period.HOUR.window(START, BERLIN), "the hour from Tue 10 Nov 10:00 CET"),
        (Period.DAY.window(START, BERLIN), "10 November"),
        (Period.DAY.window(datetime(2026, 10, 25, 12, tzinfo=UTC), BERLIN), "25 October"),
        (Period.WEEK.window(START, BERLIN), "9 to 15 November"),
        (Period.WEEK.window(START + timedelta(days=20), BERLIN), "30 November to 6 December"),
        (Period.MONTH.window(START, BERLIN), "1 to 30 November"),
    ],
)
def test_a_window_is_said_as_people_say_it(window: Window, words: str) -> None:
    assert window_words(window, BERLIN) == words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (-5, "less than a minute"),
        (0.9, "less than a minute"),
        (25, "25 min"),
        (60, "1 h"),
        (90, "90 min"),
        (120, "2 h"),
        (200, "3 h 20 min"),
        (48 * 60, "2 days"),
        (52 * 60 + 30, "2 days 4 h"),
    ],
)
def test_how_long_something_lasted(minutes: float, words: str) -> None:
    assert lasted(timedelta(minutes=minutes)) == words


def test_a_text_is_cut_only_where_it_is_too_long() -> None:
    assert (cut("12345", 5), cut("123456", 5), cut("123 456", 5)) == ("12345", "1234…", "123…")


@pytest.mark.parametrize(
    ("names", "words"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_a_list_is_said_with_an_and(names: list[str], words: str) -> None:
    assert some_of(names, 3) == words


def test_a_long_list_says_how_many_more() -> None:
    assert some_of(["x"] * 1_003, 3) == "x, x, x and 1,000 more"
