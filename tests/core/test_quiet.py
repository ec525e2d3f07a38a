"""When lesser news waits, and what is made of it afterwards."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.notifications import Notification, Reason
from monitor.core.alerting.quiet import Quiet, QuietHours
from monitor.core.budgets import Severity
from monitor.core.windows import Window
from tests.core.story import START

BERLIN = ZoneInfo("Europe/Berlin")
WARNING, CRITICAL, EMERGENCY = Severity.WARNING, Severity.CRITICAL, Severity.EMERGENCY
# Zones with summer time at odd hours, of half an hour, and at the edges of the world.
ZONES = [UTC, BERLIN, *map(ZoneInfo, ("America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"))]

MOMENTS = st.timedeltas(timedelta(), timedelta(days=36_525)).map(lambda since: datetime(2000, 1, 1, tzinfo=UTC) + since)


def local(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """Return a time in Berlin; 10 November 2026 is a Tuesday."""
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


NIGHT = QuietHours(time(22), time(7), zone=BERLIN)
FRIDAY_NIGHT = QuietHours(time(22), time(7), frozenset({4}), BERLIN)
MORNING = QuietHours(time(9), time(10), frozenset({1}), BERLIN)
ALL_SUNDAY = QuietHours(time(0), time(0), frozenset({6}), BERLIN)


@pytest.mark.parametrize(
    ("hours", "now", "quiet"),
    [
        (NIGHT, local(10, 21, 59), False),
        (NIGHT, local(10, 22), True),
        (NIGHT, local(11, 0), True),
        (NIGHT, local(11, 6, 59), True),
        (NIGHT, local(11, 7), False),
        (MORNING, local(10, 9), True),
        (MORNING, local(10, 10), False),
        (MORNING, local(11, 9), False),
        (FRIDAY_NIGHT, local(13, 23), True),
        (FRIDAY_NIGHT, local(14, 3), True),
        (FRIDAY_NIGHT, local(14, 23), False),
        (FRIDAY_NIGHT, local(13, 3), False),
        (ALL_SUNDAY, local(14, 23, 59), False),
        (ALL_SUNDAY, local(15, 0), True),
        (ALL_SUNDAY, local(15, 23, 59), True),
        (ALL_SUNDAY, local(16, 0), False),
    ],
)
def test_the_hours_begin_on_their_days_and_go_over_midnight(hours: QuietHours, now: datetime, *, quiet: bool) -> None:
    assert hours.holds(now) is quiet


@pytest.mark.parametrize(("day", "month", "length"), [(28, 3, 8), (24, 10, 10), (10, 11, 9)])
def test_a_night_is_as_long_as_it_is(day: int, month: int, length: int) -> None:
    noon = local(day, 12, month=month)
    quiet = sum(NIGHT.holds(noon + timedelta(minutes=minute)) for minute in range(24 * 60 + 61))

    assert quiet == length * 60


@given(
    now=MOMENTS,
    zone=st.sampled_from(ZONES),
    start=st.times(),
    end=st.times(),
    days=st.frozensets(st.integers(0, 6)),
)
def test_it_is_quiet_exactly_when_the_clock_on_the_wall_stands_between_the_hours(
    now: datetime, zone: ZoneInfo, start: time, end: time, days: frozenset[int]
) -> None:
    start, end = start.replace(fold=0), end.replace(fold=0)
    wall = now.astimezone(zone).replace(tzinfo=None)
    begins = [datetime.combine(wall.date() - timedelta(days=ago), start) for ago in (0, 1)]
    ends = [datetime.combine(begin.date() + timedelta(days=0 if start < end else 1), end) for begin in begins]

    inside = any(begin <= wall < over and begin.weekday() in days for begin, over in zip(begins, ends, strict=True))
    assert QuietHours(start, end, days, zone).holds(now) is inside


@given(
    hours=st.builds(QuietHours, st.times(), st.times(), zone=st.sampled_from(ZONES)),
    day=MOMENTS,
)
def test_hours_of_every_day_begin_and_end_at_most_twice_within_a_day(hours: QuietHours, day: datetime) -> None:
    looks = [hours.holds(day + timedelta(minutes=minute)) for minute in range(0, 24 * 60, 10)]

    assert sum(before != after for before, after in pairwise(looks)) <= 4


def test_maintenance_is_quiet_from_its_start_up_to_its_end() -> None:
    quiet = Quiet(maintenance=(Window(START, START + timedelta(hours=1)),))

    assert [quiet.holds(START + timedelta(minutes=minute)) for minute in (-1, 0, 59, 60)] == [False, True, True, False]


@pytest.mark.parametrize("below", list(Severity))
@pytest.mark.parametrize("before", list(Severity))
@pytest.mark.parametrize("severity", list(Severity))
def test_what_is_bad_or_was_said_to_be_bad_does_not_wait(below: Severity, before: Severity, severity: Severity) -> None:
    alert = Alert("a", Rule.THRESHOLD, "holysheep", severity, "summary", START)
    note = Notification("ops", alert, Reason.FIRST, before)

    assert Quiet(below=below).lets_through(note) is (max(severity, before) >= below)
    assert Quiet(below=below).lets_through(note) or EMERGENCY not in (severity, before)


def test_hours_say_what_they_are() -> None:
    assert str(NIGHT) == "22:00 to 07:00 Europe/Berlin"
    assert str(QuietHours(time(9), time(10, 30), frozenset({5, 6}))) == "sat sun 09:00 to 10:30 UTC"
