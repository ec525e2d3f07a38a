"""How quiet hours and maintenance are written, and what is said of a mistake."""

from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerting.quiet import EVERY_DAY, Quiet, QuietHours
from monitor.core.budgets import Severity
from monitor.core.errors import SettingsError
from monitor.core.windows import Window
from monitor.daemon.settings import load_settings
from monitor.daemon.settings.quiet import parse_hours, parse_span

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(time(22), time(7), EVERY_DAY, BERLIN)


def load(folder: Path, **variables: str) -> Quiet:
    environ = {"HOLYSHEEP_API_KEY": "cr_0001", "MONITOR_TIMEZONE": "Europe/Berlin", **variables}
    return load_settings(environ, secrets_dir=folder).quiet


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("22:00-07:00", NIGHT),
        (" 22:00 - 7:00 ", NIGHT),
        ("mon 09:30-10:00", QuietHours(time(9, 30), time(10), frozenset({0}), BERLIN)),
        ("Mon-Fri 22:00-07:00", QuietHours(time(22), time(7), frozenset(range(5)), BERLIN)),
        ("sat-mon 00:00-24:00", QuietHours(time(0), time(0), frozenset({5, 6, 0}), BERLIN)),
        ("22:00-07:00 America/New_York", QuietHours(time(22), time(7), EVERY_DAY, ZoneInfo("America/New_York"))),
    ],
)
def test_hours_are_read(text: str, hours: QuietHours) -> None:
    assert parse_hours(text, BERLIN) == hours


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is no span of hours"),
        ("22:00", "is no span of hours"),
        ("22-7", "is no span of hours"),
        ("fry 22:00-07:00", "is no span of hours"),
        ("25:00-07:00", "holds a time of day that is none"),
        ("24:00-07:00", "holds a time of day that is none"),
        ("22:00-24:30", "holds a time of day that is none"),
        ("22:60-07:00", "holds a time of day that is none"),
        ("22:00-22:00", "ends when it begins: a whole day is 00:00-24:00"),
        ("22:00-07:00 Europe/Berlni", "is not a time zone; did you mean Europe/Berlin"),
    ],
)
def test_what_are_no_hours_is_refused_with_the_way_to_write_them(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_hours(text, BERLIN)


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-24T18:00/2026-12-27T08:00",
        "2026-12-24T17:00Z/2026-12-27T07:00Z",
        "2026-12-24T17:00 / 2026-12-27T07:00 UTC",
        "2026-12-24T18:00+01:00/2026-12-27T08:00",
    ],
)
def test_a_span_is_read(text: str) -> None:
    assert parse_span(text, BERLIN) == Window(
        datetime(2026, 12, 24, 17, tzinfo=UTC), datetime(2026, 12, 27, 7, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("2026-12-24T18:00", "is no span of time"),
        ("2026-12-24T18:00/tomorrow", "holds a time that is none"),
        ("2026-12-24T25:00/2026-12-27T08:00", "holds a time that is none"),
        ("0001-01-01T00:00/9999-12-31T23:59", "holds a time that is none"),
        ("2026-12-27T08:00/2026-12-24T18:00", "ends before it begins"),
    ],
)
def test_what_is_no_span_is_refused_with_the_way_to_write_it(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_span(text, BERLIN)


@given(st.text(max_size=40) | st.from_regex(r"[a-z-]{0,7} ?[0-9:]{1,5}-[0-9:]{1,5}( [A-Za-z/]+)?", fullmatch=True))
def test_no_text_does_worse_than_be_refused(text: str) -> None:
    for parse in (parse_hours, parse_span):
        try:
            assert isinstance(parse(text, UTC), QuietHours | Window)
        except ValueError as error:
            assert str(error).startswith(("is ", "holds "))


def test_the_settings_hold_them_all(tmp_path: Path) -> None:
    quiet = load(
        tmp_path,
        MONITOR_QUIET_HOURS="22:00-07:00, sat-sun 00:00-10:00 UTC",
        MONITOR_MAINTENANCE="2026-12-24T18:00/2026-12-27T08:00",
        MONITOR_QUIET_BELOW="emergency",
    )

    assert quiet.hours == (NIGHT, QuietHours(time(0), time(10), frozenset({5, 6}), ZoneInfo("UTC")))
    assert quiet.maintenance == (parse_span("2026-12-24T18:00/2026-12-27T08:00", BERLIN),)
    assert quiet.below is Severity.EMERGENCY


def test_without_them_nothing_is_quiet(tmp_path: Path) -> None:
    assert load(tmp_path) == Quiet()


def test_each_mistake_names_its_variable_and_place(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(
            tmp_path,
            MONITOR_QUIET_HOURS="22:00-07:00, 8-9",
            MONITOR_MAINTENANCE="soon",
            MONITOR_QUIET_BELOW="urgent",
        )

    lines = "\n".join(caught.value.problems)
    assert "MONITOR_QUIET_HOURS (number 2 of 2) is no span of hours" in lines
    assert "MONITOR_MAINTENANCE is no span of time" in lines
    assert "MONITOR_QUIET_BELOW is none of" in lines
