"""When a digest is sent, and which days it is about."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.telling.digest_schedule import DigestSchedule
from monitor.core.windows import Period, Window

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [UTC, BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("Australia/Lord_Howe")]
SCHEDULES = st.one_of(
    st.builds(DigestSchedule, st.just(Period.DAY), st.times()),
    st.builds(DigestSchedule, st.just(Period.WEEK), st.times(), st.integers(0, 6)),
    st.builds(DigestSchedule, st.just(Period.MONTH), st.times(), st.integers(1, 31)),
)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def days(first: str, after: str, zone: ZoneInfo = BERLIN) -> Window:
    return Window(
        datetime.fromisoformat(first).replace(tzinfo=zone), datetime.fromisoformat(after).replace(tzinfo=zone)
    )


@pytest.mark.parametrize(
    ("text", "schedule", "words"),
    [
        ("daily 09:00", DigestSchedule(Period.DAY, time(9)), "daily at 09:00"),
        ("  DAILY   9:05 ", DigestSchedule(Period.DAY, time(9, 5)), "daily at 09:05"),
        ("weekly mon 09:00", DigestSchedule(Period.WEEK, time(9), 0), "weekly on mon at 09:00"),
        ("weekly Sunday 23:59", DigestSchedule(Period.WEEK, time(23, 59), 6), "weekly on sun at 23:59"),
        ("monthly 1 09:00", DigestSchedule(Period.MONTH, time(9), 1), "monthly on day 1 at 09:00"),
        ("monthly 31 00:00", DigestSchedule(Period.MONTH, time(0), 31), "monthly on day 31 at 00:00"),
    ],
)
def test_a_schedule_is_read_as_people_write_it(text: str, schedule: DigestSchedule, words: str) -> None:
    assert DigestSchedule.parse(text) == schedule
    assert str(schedule) == words


@pytest.mark.parametrize(
    "text",
    [
        "",
        "daily",
        "09:00",
        "hourly 09:00",
        "daily 24:00",
        "daily 09:60",
        "daily 9",
        "weekly 09:00",
        "weekly 1 09:00",
        "weekly noday 09:00",
        "monthly 09:00",
        "monthly 0 09:00",
        "monthly 32 09:00",
        "daily mon 09:00",
        "daily 09:00 x",
    ],
)
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="write it as daily 09:00, weekly mon 09:00 or monthly 1 09:00"):
        DigestSchedule.parse(text)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        assert DigestSchedule.parse(text).period in Period
    except ValueError as error:
        assert "is not when a digest can be sent" in str(error)


@pytest.mark.parametrize(
    ("text", "now", "window"),
    [
        ("daily 09:00", "2026-11-10T08:00Z", days("2026-11-09", "2026-11-10")),
        ("daily 09:00", "2026-11-10T07:59Z", days("2026-11-08", "2026-11-09")),
        ("daily 09:00", "2026-03-29T07:00Z", days("2026-03-28", "2026-03-29")),  # Summer time has begun at night.
        ("daily 09:00", "2026-03-29T06:59Z", days("2026-03-27", "2026-03-28")),
        ("daily 09:00", "2026-10-26T08:00Z", days("2026-10-25", "2026-10-26")),  # A day of 25 hours.
        ("daily 02:30", "2026-03-29T01:30Z", days("2026-03-28", "2026-03-29")),  # A time that is skipped.
        ("daily 02:30", "2026-10-25T00:30Z", days("2026-10-24", "2026-10-25")),  # A time that comes twice.
        ("daily 02:30", "2026-10-25T01:30Z", days("2026-10-24", "2026-10-25")),
        ("weekly mon 09:00", "2026-11-09T08:00Z", days("2026-11-02", "2026-11-09")),
        ("weekly mon 09:00", "2026-11-09T07:59Z", days("2026-10-26", "2026-11-02")),
        ("weekly fri 16:00", "2026-11-10T12:00Z", days("2026-10-30", "2026-11-06")),
        ("monthly 1 09:00", "2026-11-01T08:00Z", days("2026-10-01", "2026-11-01")),
        ("monthly 1 09:00", "2026-11-01T07:59Z", days("2026-09-01", "2026-10-01")),
        ("monthly 31 09:00", "2026-03-01T12:00Z", days("2026-01-31", "2026-02-28")),
        ("monthly 31 09:00", "2026-03-31T12:00Z", days("2026-02-28", "2026-03-31")),
    ],
)
def test_it_is_about_whole_days_until_the_midnight_before_it(text: str, now: str, window: Window) -> None:
    assert DigestSchedule.parse(text).window(datetime.fromisoformat(now), BERLIN) == window


@given(SCHEDULES, MOMENTS, st.sampled_from(ZONES), st.timedeltas(timedelta(), timedelta(days=40)))
def test_the_windows_follow_each_other_without_gap_or_overlap(
    schedule: DigestSchedule, now: datetime, zone: ZoneInfo, later: timedelta
) -> None:
    window, then = schedule.window(now, zone), schedule.window(now + later, zone)

    assert window.end <= now
    assert schedule.before(window, zone).end == window.start
    while then != window:
        assert then.start > window.start
        then = schedule.before(then, zone)


@given(st.times(), MOMENTS, st.sampled_from(ZONES))
def test_a_daily_one_has_a_window_of_its_own_for_each_local_day(at: time, now: datetime, zone: ZoneInfo) -> None:
    schedule = DigestSchedule(Period.DAY, at)
    seen = {schedule.window(now + timedelta(minutes=30 * step), zone) for step in range(2 * 24 * 3)}

    assert len(seen) in (3, 4)
    assert all(
        window.start.astimezone(zone).date() == (window.end - timedelta(seconds=1)).astimezone(zone).date()
        for window in seen
    )
