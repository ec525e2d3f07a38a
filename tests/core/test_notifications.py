"""Who is due to hear what."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.notifications import Notification, NotificationLog, Reason, Told, decide, reason_to_notify
from monitor.core.budgets import Budget, Severity
from monitor.core.channels import Channel
from monitor.core.errors import SourceUnavailable
from tests.core.story import START, Story, usd

OK, WARNING, CRITICAL, EMERGENCY = Severity
FIRST, ESCALATED, REMINDER, RESOLVED, *_ = Reason
OPS = Channel("ops")
EVERY = timedelta(hours=4)


def alert(severity: Severity, key: str = "a", rule: Rule = Rule.THRESHOLD) -> Alert:
    return Alert(key, rule, "holysheep", severity, "summary", START)


def told(severity: Severity, ago: timedelta = timedelta(), key: str = "a", channel: str = "ops") -> Told:
    return Told(channel, key, severity, START - ago)


# What was last told (OK: nothing), what is now, the reason soon after, the reason when a reminder is due.
PAIRS = [
    (OK, OK, None, None),
    (OK, WARNING, FIRST, FIRST),
    (OK, CRITICAL, FIRST, FIRST),
    (OK, EMERGENCY, FIRST, FIRST),
    (WARNING, OK, RESOLVED, RESOLVED),
    (WARNING, WARNING, None, None),
    (WARNING, CRITICAL, ESCALATED, ESCALATED),
    (WARNING, EMERGENCY, ESCALATED, ESCALATED),
    (CRITICAL, OK, RESOLVED, RESOLVED),
    (CRITICAL, WARNING, None, None),
    (CRITICAL, CRITICAL, None, None),
    (CRITICAL, EMERGENCY, ESCALATED, ESCALATED),
    (EMERGENCY, OK, RESOLVED, RESOLVED),
    (EMERGENCY, WARNING, None, None),
    (EMERGENCY, CRITICAL, None, None),
    (EMERGENCY, EMERGENCY, None, REMINDER),
]


def test_the_table_holds_every_pair_once() -> None:
    assert [(before, now) for before, now, *_ in PAIRS] == [(before, now) for before in Severity for now in Severity]


@pytest.mark.parametrize(("before", "now", "soon", "late"), PAIRS)
def test_what_was_told_and_what_is_now_decide(
    before: Severity, now: Severity, soon: Reason | None, late: Reason | None
) -> None:
    for ago, expected in ((EVERY - timedelta(seconds=1), soon), (EVERY, late)):
        last = told(before, ago) if before else None

        assert reason_to_notify(alert(now), last, OPS, EVERY, START) is expected


@pytest.mark.parametrize("now", list(Severity))
def test_a_channel_is_told_from_its_own_severity_up(now: Severity) -> None:
    for least in (WARNING, CRITICAL, EMERGENCY):
        reason = reason_to_notify(alert(now), None, Channel("pager", least), EVERY, START)

        assert (reason is FIRST) == (now >= least)


@pytest.mark.parametrize(("least", "expected"), [(WARNING, ESCALATED), (CRITICAL, None)])
def test_what_has_become_news_again_is_for_channels_of_its_severity(least: Severity, expected: Reason | None) -> None:
    again = replace(alert(WARNING), risen_at=START)
    reason = reason_to_notify(again, told(CRITICAL, EVERY), Channel("pager", least), EVERY, START)

    assert reason is expected
    assert reason_to_notify(again, told(CRITICAL), Channel("pager", least), EVERY, START) is None


def test_a_channel_that_does_not_want_ends_hears_none() -> None:
    assert reason_to_notify(alert(OK), told(WARNING), Channel("pager", resolved=False), EVERY, START) is None


def test_a_log_entry_of_the_future_counts_as_just_said() -> None:
    assert reason_to_notify(alert(EMERGENCY), told(EMERGENCY, -EVERY * 10), OPS, EVERY, START) is None


def test_the_worst_comes_first_and_of_equals_the_users_own_budget() -> None:
    alerts = [
        alert(WARNING, "threshold:b"),
        alert(EMERGENCY, "quota:a", Rule.QUOTA),
        alert(EMERGENCY, "threshold:c"),
        alert(OK, "told-of"),
        alert(WARNING, "threshold:a"),
    ]
    log = NotificationLog((told(WARNING, key="told-of"),))

    due = decide({one.key: one for one in alerts}, log, OPS, EVERY, START)

    assert [note.alert.key for note in due] == ["threshold:c", "quota:a", "threshold:a", "threshold:b", "told-of"]


def test_what_another_channel_was_told_does_not_count() -> None:
    log = NotificationLog((told(EMERGENCY, channel="pager"),))
    (note,) = decide({"a": alert(WARNING)}, log, OPS, EVERY, START)

    assert (note.reason, note.before) == (FIRST, OK)


def test_a_delivery_is_logged_at_its_highest_severity_and_time() -> None:
    log = NotificationLog((told(WARNING, EVERY), told(CRITICAL, channel="pager")))

    after = log.told((Notification("ops", alert(EMERGENCY), ESCALATED, WARNING),), START)

    assert after.last("ops", "a") == told(EMERGENCY)
    assert after.last("pager", "a") == told(CRITICAL, channel="pager")
    assert len(after.entries) == 2


def test_what_is_resolved_is_forgotten_and_fires_anew() -> None:
    log = NotificationLog((told(EMERGENCY),)).told((Notification("ops", alert(OK), RESOLVED, EMERGENCY),), START)

    assert log.last("ops", "a") is None
    assert decide({"a": alert(WARNING)}, log, OPS, EVERY, START)[0].reason is FIRST


def test_what_was_held_back_and_is_said_at_last_leaves_the_log_as_it_is() -> None:
    log = NotificationLog((told(EMERGENCY),))

    assert log.told((Notification("ops", alert(WARNING), Reason.HELD),), START) == log


def test_the_log_keeps_only_alerts_that_exist() -> None:
    log = NotificationLog((told(WARNING), told(WARNING, key="b")))

    assert log.only({"a": alert(WARNING)}, ["ops"]).entries == (told(WARNING),)
    assert log.only({"a": alert(OK), "b": alert(OK)}, ["ops"]) is log


def test_an_end_that_a_channel_does_not_want_is_forgotten_at_once() -> None:
    log = NotificationLog((told(WARNING), told(WARNING, channel="pager")))

    assert log.only({"a": alert(WARNING)}, ["ops"]) is log
    assert log.only({"a": alert(OK)}, ["ops"]).entries == (told(WARNING),)


def test_a_channel_that_wants_no_ends_hears_what_fires_anew() -> None:
    story = Story(Budget("monthly", usd(100)), Channel("pager", resolved=False), OPS)

    assert len(story.spend(96)) == 2
    assert story.spend(40) == ["[RESOLVED] holysheep: 40% of the monthly budget"]
    assert len(story.spend(75)) == 2


def test_a_channel_that_wants_no_ends_hears_again_that_there_is_no_data() -> None:
    story = Story(None, Channel("pager", resolved=False))
    down = SourceUnavailable("503")

    assert story.poll(down) == []
    assert story.later(minutes=11).poll(down) == ["[WARNING] holysheep: no data for 11 min"]
    assert story.later(minutes=1).spend(1) == []
    assert story.later(minutes=1).poll(down) == []
    assert story.later(minutes=11).poll(down) == ["[WARNING] holysheep: no data for 11 min"]
