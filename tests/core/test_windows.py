"""Windows of real calendars: no moment is in two of them and none is in none."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.windows import FOREVER, Period, Window

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe")
MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
PERIODS = st.sampled_from([Period.HOUR, Period.DAY, Period.WEEK, Period.MONTH])


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("period", "moment", "start", "end"),
    [
        (Period.MONTH, utc(2026, 3, 31, 22, 30), utc(2026, 3, 31, 22), utc(2026, 4, 30, 22)),
        (Period.MONTH, utc(2026, 12, 31, 22, 59), utc(2026, 11, 30, 23), utc(2026, 12, 31, 23)),
        (Period.MONTH, utc(2028, 2, 29, 12), utc(2028, 1, 31, 23), utc(2028, 2, 29, 23)),
        (Period.WEEK, utc(2026, 11, 29, 22, 59), utc(2026, 11, 22, 23), utc(2026, 11, 29, 23)),
        (Period.WEEK, utc(2026, 11, 29, 23), utc(2026, 11, 29, 23), utc(2026, 12, 6, 23)),
        (Period.DAY, utc(2026, 3, 29, 12), utc(2026, 3, 28, 23), utc(2026, 3, 29, 22)),
        (Period.DAY, utc(2026, 10, 25, 12), utc(2026, 10, 24, 22), utc(2026, 10, 25, 23)),
        (Period.HOUR, utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 0), utc(2026, 10, 25, 1)),
        (Period.HOUR, utc(2026, 10, 25, 1, 30), utc(2026, 10, 25, 1), utc(2026, 10, 25, 2)),
    ],
)
def test_a_window_follows_the_zones_own_calendar(
    period: Period, moment: datetime, start: datetime, end: datetime
) -> None:
    assert period.window(moment, BERLIN) == Window(start, end)


def test_an_hour_of_a_zone_with_a_half_hour_offset_begins_at_the_half_hour() -> None:
    window = Period.HOUR.window(utc(2026, 11, 10, 9, 0), ZoneInfo("Asia/Kolkata"))

    assert window == Window(utc(2026, 11, 10, 8, 30), utc(2026, 11, 10, 9, 30))


@settings(deadline=None)
@given(moment=MOMENTS, period=PERIODS, zone=st.sampled_from(ZONES).map(ZoneInfo))
def test_windows_tile_time_without_gap_or_overlap(moment: datetime, period: Period, zone: ZoneInfo) -> None:
    window = period.window(moment, zone)

    assert moment in window
    before = period.before(window, zone)
    assert before is not None
    if period is not Period.HOUR or zone.key != "Australia/Lord_Howe":  # Its clocks are set by half an hour.
        assert before.end == window.start
        assert period.window(window.end, zone).start == window.end
        assert period.window(window.start, zone) == window


def test_a_window_holds_its_start_and_not_its_end() -> None:
    window = Period.DAY.window(utc(2026, 11, 10), UTC)

    assert window.start in window
    assert window.end - timedelta(microseconds=1) in window
    assert window.end not in window


def test_windows_that_touch_do_not_overlap() -> None:
    today = Period.DAY.window(utc(2026, 11, 10), UTC)
    tomorrow = Period.DAY.window(today.end, UTC)

    assert today.overlap(tomorrow) is None
    assert today.overlap(Period.MONTH.window(today.start, UTC)) == today


def test_equal_spans_are_equal_whatever_zone_names_them() -> None:
    there = Window(datetime(2026, 11, 10, tzinfo=BERLIN), datetime(2026, 11, 11, tzinfo=BERLIN))

    assert there == Window(utc(2026, 11, 9, 23), utc(2026, 11, 10, 23))


def test_a_total_is_one_window_with_none_before_it() -> None:
    assert Period.TOTAL.window(utc(2026, 11, 10), BERLIN) == FOREVER
    assert Period.TOTAL.before(FOREVER, BERLIN) is None


def test_a_window_needs_aware_times_in_their_order() -> None:
    with pytest.raises(ValueError, match="aware"):
        Window(datetime(2026, 1, 1), utc(2026, 1, 2))  # noqa: DTZ001
    with pytest.raises(ValueError, match="after"):
        Window(utc(2026, 1, 2), utc(2026, 1, 2))
