"""What happened between two states."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerting.alerts import Alert, Stage
from monitor.core.alerting.events import MOST_NAMED, Attempt, Event, What, events
from monitor.core.alerting.notifications import Notification, Reason
from monitor.core.alerting.obey import obey
from monitor.core.alerting.orders import Acknowledge, AddSilence, EndSilence, Unacknowledge
from monitor.core.budgets import Severity
from monitor.core.state import State
from tests.core.story import START
from tests.core.test_orders import ALERTS, an_alert, state_with

NOW = START + timedelta(minutes=5)
WORSE = Severity.CRITICAL

# Every stage before and after, and what that is.
TURNS: list[tuple[Stage | None, Stage | None, list[What]]] = [
    (None, None, []),
    (None, Stage.PENDING, []),
    (None, Stage.FIRING, [What.FIRED]),
    (None, Stage.RESOLVED, []),
    (Stage.PENDING, None, []),
    (Stage.PENDING, Stage.PENDING, []),
    (Stage.PENDING, Stage.FIRING, [What.FIRED]),
    (Stage.FIRING, None, [What.DROPPED]),
    (Stage.FIRING, Stage.FIRING, []),
    (Stage.FIRING, Stage.ACKNOWLEDGED, [What.ACKNOWLEDGED]),
    (Stage.FIRING, Stage.RESOLVED, [What.RESOLVED]),
    (Stage.ACKNOWLEDGED, None, [What.DROPPED]),
    (Stage.ACKNOWLEDGED, Stage.FIRING, [What.UNACKNOWLEDGED]),
    (Stage.ACKNOWLEDGED, Stage.ACKNOWLEDGED, []),
    (Stage.ACKNOWLEDGED, Stage.RESOLVED, [What.RESOLVED]),
    (Stage.RESOLVED, None, []),
    (Stage.RESOLVED, Stage.FIRING, [What.FIRED]),
    (Stage.RESOLVED, Stage.RESOLVED, []),
]


def states(before: Stage | None, after: Stage | None) -> tuple[State, State]:
    return (
        state_with(an_alert(before)) if before else state_with(),
        state_with(an_alert(after)) if after else state_with(),
    )


@pytest.mark.parametrize(("before", "after", "expected"), TURNS)
def test_each_turn_is_the_event_that_it_is(before: Stage | None, after: Stage | None, expected: list[What]) -> None:
    assert [event.what for event in events(*states(before, after), NOW)] == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(Severity.WARNING, WORSE, [What.ESCALATED]), (WORSE, Severity.WARNING, [What.EASED]), (WORSE, WORSE, [])],
)
def test_a_firing_alert_that_changes_its_severity_is_escalated_or_eased(
    before: Severity, after: Severity, expected: list[What]
) -> None:
    happened = events(state_with(an_alert(severity=before)), state_with(an_alert(severity=after)), NOW)

    assert [event.what for event in happened] == expected


def test_an_alert_that_has_become_news_again_is_escalated() -> None:
    happened = events(state_with(an_alert()), state_with(replace(an_alert(), risen_at=NOW)), NOW)

    assert [event.what for event in happened] == [What.ESCALATED]


def test_an_acknowledgement_that_is_broken_is_two_events() -> None:
    before = state_with(an_alert(Stage.ACKNOWLEDGED))
    after = state_with(an_alert(Stage.FIRING, severity=WORSE))

    assert [event.what for event in events(before, after, NOW)] == [What.ESCALATED, What.UNACKNOWLEDGED]


def test_an_event_says_of_what_and_when_and_an_end_how_bad_it_was() -> None:
    (event,) = events(*states(Stage.FIRING, Stage.RESOLVED), NOW)

    alert = an_alert()
    assert event == Event(NOW, What.RESOLVED, alert.key, alert.id, Severity.WARNING, alert.summary)


def obeyed(state: State, *orders: Acknowledge | Unacknowledge | AddSilence | EndSilence) -> list[Event]:
    happened: list[Event] = []
    for order in orders:
        then, _ = obey(state, order, NOW, UTC)
        happened += events(state, then, NOW, order.by)
        state = then
    return happened


def test_orders_are_events_of_who_gave_them() -> None:
    until = NOW + timedelta(hours=1)
    added = AddSilence(until, "carl", "load test", START, rule="forecast", key="*:monthly:*")
    silence = obey(state_with(), added, NOW, UTC)[0].silences[0].id

    happened = obeyed(
        state_with(an_alert()),
        Acknowledge("a", "anna", START, until),
        Unacknowledge("a", "bert", NOW),
        added,
        EndSilence(silence, "dora", NOW),
    )

    assert [(event.what, event.by, event.until) for event in happened] == [
        (What.ACKNOWLEDGED, "anna", until),
        (What.UNACKNOWLEDGED, "bert", None),
        (What.SILENCED, "carl", until),
        (What.UNSILENCED, "dora", until),
    ]
    assert (happened[2].key, happened[2].summary) == ("rule=forecast key=*:monthly:*", "load test")


def test_a_longer_snooze_is_an_acknowledgement_again() -> None:
    hours = [Acknowledge("a", "anna", START, NOW + timedelta(hours=hour)) for hour in (1, 4, 4)]

    assert [event.what for event in obeyed(state_with(an_alert()), *hours)] == [What.ACKNOWLEDGED] * 2


def test_a_silence_that_is_over_and_goes_is_no_event() -> None:
    before, _ = obey(state_with(), AddSilence(NOW, "anna", "", START), START, UTC)

    assert events(before, replace(before, silences=()), NOW) == ()


@given(st.lists(ALERTS, max_size=6), st.lists(ALERTS, max_size=6))
def test_what_fires_after_was_fired_or_fired_before(before: list[Alert], after: list[Alert]) -> None:
    first, second = state_with(*before), state_with(*after)

    happened = events(first, second, NOW)

    began = {event.key for event in happened if event.what is What.FIRED}
    ended = {event.key for event in happened if event.what in (What.RESOLVED, What.DROPPED)}
    fires_before = {key for key, alert in first.alerts.items() if alert.firing}
    fires_after = {key for key, alert in second.alerts.items() if alert.firing}
    assert (fires_before | began) - ended == fires_after
    assert not began & fires_before
    assert events(second, second, NOW) == ()


def test_an_attempt_names_its_alerts_up_to_a_number_and_counts_them_all(now: datetime = NOW) -> None:
    due = [Notification("ops", an_alert(key=str(number)), Reason.FIRST) for number in range(MOST_NAMED + 9)]

    attempt = Attempt.of("ops", "pager", due, now, "HTTP 500")

    assert (attempt.channel, attempt.by, attempt.count, attempt.error) == ("ops", "pager", MOST_NAMED + 9, "HTTP 500")
    assert [mention.key for mention in attempt.alerts] == [str(number) for number in range(MOST_NAMED)]
    assert (attempt.alerts[0].id, attempt.alerts[0].reason) == (an_alert(key="0").id, "first")
