"""A digest is sent once on each channel, whatever the clock, the channel and the daemon do."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.due import due_on
from monitor.core.alerting.notifications import MOST_DIGESTS, NotificationLog, Reason
from monitor.core.alerting.quiet import Quiet, QuietHours
from monitor.core.budgets import Severity
from monitor.core.channels import Channel
from monitor.core.errors import SourceError, SourceRefused
from monitor.core.plan import Plan, Watched
from monitor.core.spending.health import Health
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.state import State
from monitor.core.telling.digest_schedule import DigestSchedule
from monitor.core.windows import Period
from tests.core.story import OPS, START

WATCHED = Watched("holysheep", "holysheep")
DAILY = Plan(
    {"holysheep": WATCHED}, channels=(OPS,), digest=DigestSchedule(Period.DAY, time(9)), zone=ZoneInfo("Europe/Berlin")
)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# START is 10:00 in Berlin, a Tuesday: Wednesday is the first whole day under watch.
FIRST = datetime(2026, 11, 12, 8, 0, tzinfo=UTC)


def watched(since: datetime | None = START) -> State:
    return State({"holysheep": SourceState(Spend("USD", since=since))})


def read(at: datetime, fault: SourceError | None = None) -> State:
    """Return the state in which the source was last read, or tried in vain, at a time."""
    health = Health().succeeded(at) if fault is None else Health().failed(fault, at)
    return State({"holysheep": SourceState(Spend("USD", since=START), health)})


def sent(state: State, now: datetime, plan: Plan = DAILY, channel: Channel = OPS) -> tuple[State, list[str]]:
    """Return the state after a good poll and the delivery of what is due, and the keys of that."""
    source = replace(state.sources["holysheep"], health=Health().succeeded(now))
    state = replace(state, sources={"holysheep": source})
    due = due_on(channel, state, plan, now)
    return replace(state, log=state.log.told(due, now)), [note.alert.key for note in due]


def test_it_is_due_at_its_time_once() -> None:
    state, early = sent(watched(), FIRST - timedelta(seconds=1))
    state, on_time = sent(state, FIRST)
    state, again = sent(state, FIRST + 23 * HOUR)
    state, next_day = sent(state, FIRST + DAY)

    assert (early, again) == ([], [])
    assert on_time == ["digest:2026-11-10T23:00Z"]
    assert next_day == ["digest:2026-11-11T23:00Z"]


def test_the_first_is_about_a_day_that_was_watched_from_its_beginning() -> None:
    assert sent(watched(None), FIRST)[1] == []
    assert sent(watched(), FIRST - DAY)[1] == []


def test_what_was_missed_is_sent_late_and_only_the_last_of_several() -> None:
    state, late = sent(watched(), FIRST + 3 * DAY + 5 * HOUR)

    assert late == ["digest:2026-11-13T23:00Z"]
    assert sent(state, FIRST + 3 * DAY + 6 * HOUR)[1] == []


def test_it_is_off_unless_asked_for_and_a_channel_may_leave_it_out() -> None:
    assert sent(watched(), FIRST, replace(DAILY, digest=None))[1] == []
    assert sent(watched(), FIRST, channel=replace(OPS, digest=False))[1] == []
    assert sent(watched(), FIRST, channel=Channel("pager", Severity.EMERGENCY, rules=frozenset()))[1] != []


def test_alerts_go_before_it_and_not_with_it() -> None:
    alert = Alert("a", Rule.THRESHOLD, "holysheep", Severity.WARNING, "75%", FIRST)
    state, first = sent(replace(watched(), alerts={"a": alert}), FIRST)

    assert first == ["a"]
    assert sent(state, FIRST)[1] == ["digest:2026-11-10T23:00Z"]


def test_it_waits_for_the_end_of_the_quiet_hours() -> None:
    quiet = replace(DAILY, quiet=Quiet((QuietHours(time(7), time(9)),)))

    assert sent(watched(), FIRST, quiet)[1] == []
    assert sent(watched(), FIRST + HOUR, quiet)[1] == ["digest:2026-11-10T23:00Z"]


def test_after_a_gap_it_waits_for_what_is_about_to_be_read() -> None:
    midnight, slow = FIRST - 9 * HOUR, replace(DAILY, sources={"holysheep": replace(WATCHED, interval=12 * HOUR)})
    before, after = read(midnight - timedelta(minutes=1)), read(midnight)

    assert due_on(OPS, before, DAILY, FIRST) == ()
    assert due_on(OPS, watched(), DAILY, FIRST) == ()
    assert due_on(OPS, after, DAILY, FIRST) != ()
    assert due_on(OPS, before, slow, FIRST) != ()
    assert due_on(OPS, read(midnight - HOUR, SourceRefused("401")), DAILY, FIRST) != ()


def test_a_clock_that_is_set_back_repeats_none() -> None:
    state = watched()
    for day in range(5):
        state, _ = sent(state, FIRST + day * DAY)

    assert [sent(state, FIRST + day * DAY)[1] for day in range(5)] == [[]] * 5


def test_the_memory_of_them_is_bounded_and_outlives_the_alerts() -> None:
    state = watched()
    for day in range(3 * MOST_DIGESTS):
        for channel in (OPS, Channel("pager")):
            state, _ = sent(state, FIRST + day * DAY, channel=channel)

    log = state.log.only({}, ())
    assert Counter(told.channel for told in log.entries) == {"ops": MOST_DIGESTS, "pager": MOST_DIGESTS}
    assert log.entries[-1].alert == f"digest:{FIRST + (3 * MOST_DIGESTS - 1) * DAY - 33 * HOUR:%Y-%m-%dT%H:%MZ}"


@pytest.mark.parametrize("channel", [OPS, replace(OPS, resolved=False)])
def test_it_travels_as_an_alert_that_does_not_fire(channel: Channel) -> None:
    (note,) = due_on(channel, read(FIRST), DAILY, FIRST)

    assert note.reason is Reason.DIGEST
    assert not note.alert.firing
    assert (note.alert.rule, note.alert.severity) == (Rule.DIGEST, Severity.OK)


STEPS = st.lists(st.tuples(st.timedeltas(-2 * DAY, 3 * DAY), st.booleans(), st.booleans()), max_size=40)
PLANS = st.sampled_from(
    [DAILY, replace(DAILY, zone=UTC), replace(DAILY, digest=DigestSchedule(Period.WEEK, time(16, 30), 4))]
)


@given(PLANS, STEPS)
def test_once_for_each_window_whatever_happens(plan: Plan, steps: list[tuple[timedelta, bool, bool]]) -> None:
    state, now, heard = watched(), START, Counter[str]()
    assert plan.digest is not None
    for step, restarts, answers in steps:
        now += step
        if restarts:  # What is kept is the log.
            state = replace(watched(), log=NotificationLog(tuple(state.log.entries)))
        if answers:
            state, keys = sent(state, now, plan)
            heard.update(keys)
            window = plan.digest.window(now, plan.zone)
            key = f"digest:{window.start:%Y-%m-%dT%H:%MZ}"
            assert (heard[key] > 0) == (window.start >= START)

    assert set(heard.values()) <= {1}
