"""The life of an alert: every pair of what it was and what a look finds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerting.alerts import Acknowledgement, Alert, Rule, SpendFacts, Stage
from monitor.core.alerting.life import CALM, FLAPS, Finding, live
from monitor.core.alerting.notifications import NotificationLog, Reason, decide
from monitor.core.budgets import Severity, Thresholds
from tests.core.story import OPS, usd

NOW = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OK, WARNING, CRITICAL, EMERGENCY = Severity
PENDING, FIRING, ACKNOWLEDGED, RESOLVED = Stage


def alert(severity: Severity, spent: int | None = None) -> Alert:
    facts = None if spent is None else SpendFacts(usd(spent), usd(100), Decimal(spent) / 100, "it", NOW, Thresholds())
    return Alert("a", Rule.THRESHOLD, "holysheep", severity, f"now {severity.name}", NOW, spend=facts)


def was(stage: Stage, severity: Severity = WARNING, **fields: object) -> Alert:
    known = {"since": NOW - 10 * MINUTE, "stage": stage, "hits": (True,)}
    if stage is ACKNOWLEDGED:
        known["acknowledged"] = Acknowledgement("ada", NOW - MINUTE, severity)
    if stage is RESOLVED:
        known["ended"] = NOW - MINUTE
    return replace(alert(severity), **{**known, **fields})  # type: ignore[arg-type]


def look(
    severity: Severity, *, needed: int = 1, of: int = 1, lingers: bool = False, spent: int | None = None
) -> Finding:
    return Finding(alert(severity, spent), lingers, needed, of)


HOLDS, NOT_YET, NOTHING, EDGE = (
    look(WARNING),
    look(WARNING, needed=2, of=2),
    look(OK),
    look(OK, lingers=True),
)
PAIRS = [
    (None, NOTHING, None),
    (None, HOLDS, FIRING),
    (None, NOT_YET, PENDING),
    (None, EDGE, None),
    (was(PENDING), NOTHING, None),
    (was(PENDING), HOLDS, FIRING),
    (was(PENDING), NOT_YET, FIRING),
    (was(PENDING), EDGE, None),
    (was(PENDING), look(OK, needed=2, of=3), PENDING),
    (was(FIRING), NOTHING, RESOLVED),
    (was(FIRING), HOLDS, FIRING),
    (was(FIRING), NOT_YET, FIRING),
    (was(FIRING), EDGE, FIRING),
    (was(ACKNOWLEDGED), NOTHING, RESOLVED),
    (was(ACKNOWLEDGED), HOLDS, ACKNOWLEDGED),
    (was(ACKNOWLEDGED), look(CRITICAL), FIRING),
    (was(ACKNOWLEDGED), EDGE, ACKNOWLEDGED),
    (was(RESOLVED), NOTHING, RESOLVED),
    (was(RESOLVED), HOLDS, FIRING),
    (was(RESOLVED, hits=(False,)), NOT_YET, RESOLVED),
    (was(RESOLVED), EDGE, RESOLVED),
]


@pytest.mark.parametrize(("before", "found", "after"), PAIRS)
def test_what_it_was_and_what_a_look_finds_decide(before: Alert | None, found: Finding, after: Stage | None) -> None:
    now = live(before, found, NOW)

    assert (now.stage if now else None) is after


def test_it_fires_since_now_and_goes_on_since_then() -> None:
    begun = live(None, look(WARNING, spent=70), NOW)
    gone_on = live(begun, look(CRITICAL, spent=90), NOW + MINUTE)

    assert gone_on is not None
    assert (gone_on.since, gone_on.severity, gone_on.began_at) == (NOW, CRITICAL, usd(70))


def test_what_is_resolved_says_when_it_ended_and_fires_anew_as_a_new_one() -> None:
    over = live(was(FIRING), NOTHING, NOW)
    anew = live(over, HOLDS, NOW + MINUTE)

    assert over is not None
    assert anew is not None
    assert (over.ended, over.since) == (NOW, NOW - 10 * MINUTE)
    assert (anew.ended, anew.since) == (None, NOW + MINUTE)
    assert anew.id != over.id


def test_two_of_three_looks_are_enough() -> None:
    now = None
    stages = []
    for number, severity in enumerate((WARNING, OK, WARNING, OK, OK)):
        now = live(now, look(severity, needed=2, of=3), NOW + number * MINUTE)
        stages.append(now.stage if now else None)

    assert stages == [PENDING, PENDING, FIRING, RESOLVED, RESOLVED]


def test_one_that_comes_and_goes_ends_only_after_a_calm_stretch() -> None:
    now, at, ends = None, NOW, 0
    for _ in range(FLAPS + 2):
        for severity in (WARNING, OK):
            at += MINUTE
            before, now = now, live(now, look(severity), at)
            ends += now is not None and now.stage is RESOLVED and before is not None and before.firing

    assert ends == FLAPS - 1
    assert now is not None
    assert now.firing
    calm = live(now, NOTHING, at + CALM)
    assert calm is not None
    assert calm.stage is RESOLVED


@pytest.mark.parametrize(
    ("acknowledged", "found", "after"),
    [
        (Acknowledgement("ada", NOW, WARNING, until=NOW + MINUTE), look(WARNING), ACKNOWLEDGED),
        (Acknowledgement("ada", NOW, WARNING, until=NOW), look(WARNING), FIRING),
        (Acknowledgement("ada", NOW, WARNING, until_spent=usd(80)), look(WARNING, spent=79), ACKNOWLEDGED),
        (Acknowledgement("ada", NOW, WARNING, until_spent=usd(80)), look(WARNING, spent=80), FIRING),
        (Acknowledgement("ada", NOW, WARNING, until=NOW + MINUTE), look(EMERGENCY), FIRING),
        (Acknowledgement("ada", NOW, CRITICAL), look(WARNING), ACKNOWLEDGED),
    ],
)
def test_an_acknowledgement_holds_until_its_end_or_until_it_gets_worse(
    acknowledged: Acknowledgement, found: Finding, after: Stage
) -> None:
    now = live(was(ACKNOWLEDGED, acknowledged=acknowledged), found, NOW)

    assert now is not None
    assert now.stage is after
    assert now.acknowledged is not None
    assert (now.acknowledged.ended is None) == (after is ACKNOWLEDGED)


looks = st.lists(st.tuples(st.sampled_from(Severity), st.booleans(), st.integers(0, 90)), max_size=40)


@given(looks, st.integers(1, 3), st.integers(0, 2))
def test_it_never_fires_without_cause_and_always_ends(
    steps: list[tuple[Severity, bool, int]], needed: int, more: int
) -> None:
    now, at = None, NOW
    for severity, lingers, minutes in steps:
        at += timedelta(minutes=minutes)
        before, now = now, live(now, look(severity, needed=needed, of=needed + more, lingers=lingers), at)
        if now is not None and now.firing and not (before is not None and before.firing):
            assert severity is not OK
            assert now.since == at
        assert now is None or now.since <= at
    for _ in range(60):
        at += MINUTE
        now = live(now, look(OK, needed=needed, of=needed + more), at)

    assert now is None or now.stage is RESOLVED


def test_what_eased_for_long_and_gets_worse_again_is_news_where_no_window_ends_it() -> None:
    now, at, heard = None, NOW, []
    log = NotificationLog()
    for hours, severity in ((0, CRITICAL), (1, WARNING), (5, CRITICAL), (6, WARNING), (6.2, CRITICAL)):
        at = NOW + hours * timedelta(hours=1)
        now = live(now, look(severity), at)
        assert now is not None
        due = decide({now.key: now}, log, OPS, timedelta(hours=4), at)
        heard += [(hours, note.reason) for note in due]
        log = log.told(due, at)

    assert heard == [(0, Reason.FIRST), (5, Reason.ESCALATED)]
