"""What becomes of an order, whatever there is: carried out, or refused with the reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerting.alerts import Acknowledgement, Alert, Rule, SpendFacts, Stage
from monitor.core.alerting.muting import Silence, audible
from monitor.core.alerting.obey import find, obey, plain
from monitor.core.alerting.orders import (
    Acknowledge,
    AddSilence,
    Answer,
    EndSilence,
    Order,
    Refusal,
    Unacknowledge,
    Until,
)
from monitor.core.budgets import Severity, Thresholds
from monitor.core.state import State
from monitor.core.windows import Period
from tests.core.story import START, usd

HOUR = timedelta(hours=1)
MONTH = Period.MONTH.window(START, UTC)
FACTS = SpendFacts(usd(75), usd(100), None, "the budget", START, Thresholds())


def an_alert(stage: Stage = Stage.FIRING, key: str = "a", severity: Severity = Severity.WARNING) -> Alert:
    known = Acknowledgement("anna", START, severity, START + HOUR) if stage is Stage.ACKNOWLEDGED else None
    severity = Severity.OK if stage is Stage.RESOLVED else severity
    return Alert(
        key, Rule.THRESHOLD, "holysheep", severity, "75%", START, MONTH, FACTS, stage=stage, acknowledged=known
    )


def state_with(*alerts: Alert, silences: tuple[Silence, ...] = ()) -> State:
    return State({}, {alert.key: alert for alert in alerts}, silences=silences)


def after(state: State, order: Order, now: datetime = START) -> tuple[State, Refusal | None]:
    state, answer = obey(state, order, now, UTC)
    assert answer.words
    return state, answer.refused


def ack(alert: str = "a", until: datetime | Until | None = None) -> Acknowledge:
    return Acknowledge(alert, "bert", START, until)


# What there was, what becomes of it when it is acknowledged, and when that is taken back.
PAIRS: list[tuple[Stage | None, Stage | Refusal, Stage | Refusal]] = [
    (None, Refusal.UNKNOWN, Refusal.UNKNOWN),
    (Stage.PENDING, Refusal.IMPOSSIBLE, Refusal.IMPOSSIBLE),
    (Stage.FIRING, Stage.ACKNOWLEDGED, Refusal.IMPOSSIBLE),
    (Stage.ACKNOWLEDGED, Stage.ACKNOWLEDGED, Stage.FIRING),
    (Stage.RESOLVED, Refusal.OVER, Refusal.OVER),
]


def test_the_table_holds_every_stage_once() -> None:
    assert [stage for stage, *_ in PAIRS] == [None, *Stage]


@pytest.mark.parametrize(("before", "acknowledged", "taken_back"), PAIRS)
def test_each_stage_and_each_order(
    before: Stage | None, acknowledged: Stage | Refusal, taken_back: Stage | Refusal
) -> None:
    state = state_with(an_alert(before)) if before else state_with()

    for order, expected in ((ack(), acknowledged), (Unacknowledge("a", "bert", START), taken_back)):
        then, refused = after(state, order)

        if isinstance(expected, Refusal):
            assert (then, refused) == (state, expected)
        else:
            assert (then.alerts["a"].stage, refused) == (expected, None)


def test_an_acknowledgement_is_of_the_severity_that_it_met() -> None:
    state, _ = after(state_with(an_alert(severity=Severity.CRITICAL)), ack(until=START + HOUR))

    assert state.alerts["a"].acknowledged == Acknowledgement("bert", START, Severity.CRITICAL, START + HOUR)


def test_until_doubled_is_twice_of_what_is_spent() -> None:
    state, _ = after(state_with(an_alert()), ack(until=Until.DOUBLED))

    known = state.alerts["a"].acknowledged
    assert known is not None
    assert (known.until, known.until_spent) == (None, usd(150))


def test_until_the_window_ends_has_no_end_of_its_own_as_the_alert_goes_with_its_window() -> None:
    state, answer = obey(state_with(an_alert()), ack(until=Until.WINDOW_ENDS), START, UTC)

    known = state.alerts["a"].acknowledged
    assert known is not None
    assert (known.until, known.until_spent) == (None, None)
    assert "until its window ends, Tue 01 Dec 00:00 UTC" in answer.words


@pytest.mark.parametrize(
    ("alert", "until", "refusal"),
    [
        (replace(an_alert(), window=None), Until.WINDOW_ENDS, Refusal.IMPOSSIBLE),
        (replace(an_alert(), spend=None), Until.DOUBLED, Refusal.IMPOSSIBLE),
        (replace(an_alert(), spend=replace(FACTS, spent=None)), Until.DOUBLED, Refusal.IMPOSSIBLE),
        (replace(an_alert(), spend=replace(FACTS, spent=usd(0))), Until.DOUBLED, Refusal.IMPOSSIBLE),
        (replace(an_alert(), window=None), Until.DOUBLED, Refusal.IMPOSSIBLE),
        (an_alert(), START, Refusal.OVER),
    ],
)
def test_an_end_that_cannot_be_is_refused(alert: Alert, until: datetime | Until, refusal: Refusal) -> None:
    state = state_with(alert)

    assert after(state, ack(until=until)) == (state, refusal)


def test_a_snooze_that_was_kept_beyond_its_end_is_refused() -> None:
    state = state_with(an_alert())

    assert after(state, ack(until=START + HOUR), START + 2 * HOUR) == (state, Refusal.OVER)


def test_what_is_taken_back_remembers_when() -> None:
    state, _ = after(state_with(an_alert(Stage.ACKNOWLEDGED)), Unacknowledge("a", "bert", START), START + HOUR)

    known = state.alerts["a"].acknowledged
    assert known is not None
    assert known.ended == START + HOUR


def test_an_alert_is_found_by_key_by_id_and_by_the_beginning_of_one() -> None:
    first, second = an_alert(key="a"), an_alert(key="b")
    alerts = state_with(first, second).alerts

    assert find(alerts, "a") is first
    assert find(alerts, second.id) is second
    assert find(alerts, second.id.upper()) is second
    assert find(alerts, second.id[:5]) is second


def test_a_beginning_of_several_ids_is_refused_and_names_them() -> None:
    alerts = [an_alert(key=f"key-{number}") for number in range(40)]
    common = next(one.id[0] for one in alerts if sum(other.id[0] == one.id[0] for other in alerts) > 1)

    answer = find(state_with(*alerts).alerts, common)

    assert isinstance(answer, Answer)
    assert answer.refused is Refusal.AMBIGUOUS
    assert "key-" in answer.words


def silence_of(order: AddSilence) -> Silence:
    (silence,) = after(state_with(), order)[0].silences
    return silence


SILENCE = AddSilence(START + HOUR, "bert", "load test", START, subject="holy*")


def test_a_silence_is_added_and_hides_what_it_matches() -> None:
    state, refused = after(state_with(an_alert()), SILENCE)

    assert refused is None
    (silence,) = state.silences
    assert (silence.until, silence.by, silence.reason) == (START + HOUR, "bert", "load test")
    assert audible(state.alerts, state.silences, START) == {}
    assert audible(state.alerts, state.silences, START + HOUR) == state.alerts


def test_a_silence_says_how_much_it_quiets_now() -> None:
    _, answer = obey(state_with(an_alert(), an_alert(Stage.RESOLVED, "b")), SILENCE, START, UTC)

    assert answer.words.endswith("falls under it now: 1")


def test_a_silence_that_is_asked_for_twice_is_one() -> None:
    once, _ = after(state_with(), SILENCE)

    assert after(once, SILENCE) == (once, None)


def test_silences_that_are_over_go_when_one_is_added() -> None:
    old, _ = after(state_with(), SILENCE)
    later = replace(SILENCE, at=START + 2 * HOUR, until=START + 3 * HOUR)

    state, _ = after(old, later, START + 2 * HOUR)

    assert [silence.at for silence in state.silences] == [START + 2 * HOUR]


def test_a_silence_that_would_be_over_is_refused() -> None:
    assert after(state_with(), SILENCE, START + HOUR) == (state_with(), Refusal.OVER)


@pytest.mark.parametrize(
    ("name", "now", "refusal"),
    [
        ("", START, Refusal.UNKNOWN),
        ("zzz", START, Refusal.UNKNOWN),
        (silence_of(SILENCE).id, START + HOUR, Refusal.OVER),
        (silence_of(SILENCE).id[:3], START, None),
    ],
)
def test_a_silence_is_ended_by_its_id(name: str, now: datetime, refusal: Refusal | None) -> None:
    state, _ = after(state_with(), SILENCE)

    then, refused = after(state, EndSilence(name, "bert", now), now)

    assert refused is refusal
    assert then.silences == (() if refusal is None else state.silences)


def test_an_order_needs_times_with_a_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        Acknowledge("a", "bert", START.replace(tzinfo=None))
    with pytest.raises(ValueError, match="aware"):
        AddSilence(START.replace(tzinfo=None), "bert", "", START)


def test_what_a_person_wrote_cannot_upset_a_terminal() -> None:
    assert plain("a\x1b[31mb\nc\u202e" + "x" * 300) == ("a [31mb c " + "x" * 300)[:200].strip()


TIMES = st.timedeltas(timedelta(days=-400), timedelta(days=400)).map(lambda ago: START + ago)
ALERTS = st.builds(
    an_alert,
    st.sampled_from(Stage),
    st.sampled_from("abcdefgh"),
    st.sampled_from([level for level in Severity if level]),
)
NAMES = st.sampled_from([*"abcdefgh", *(an_alert(key=key).id for key in "abc")]) | st.text(max_size=3)
UNTIL = st.none() | st.sampled_from(Until) | TIMES
ORDERS: st.SearchStrategy[Order] = st.one_of(
    st.builds(Acknowledge, NAMES, st.text(max_size=5), TIMES, UNTIL),
    st.builds(Unacknowledge, NAMES, st.text(max_size=5), TIMES),
    st.builds(
        AddSilence, TIMES, st.text(max_size=5), st.text(max_size=5), TIMES, *[st.text("ab*?[]!-", max_size=4)] * 3
    ),
    st.builds(EndSilence, st.text("0123456789abcdef", max_size=2), st.text(max_size=5), TIMES),
)


@given(st.lists(ALERTS, max_size=8), st.lists(st.tuples(ORDERS, TIMES), max_size=8))
def test_no_order_fails_loses_an_alert_or_changes_what_it_is(
    alerts: list[Alert], orders: list[tuple[Order, datetime]]
) -> None:
    state = state_with(*alerts)

    for order, now in orders:
        then, answer = obey(state, order, now, UTC)

        assert list(then.alerts) == list(state.alerts)
        assert {key: replace(one, stage=Stage.FIRING, acknowledged=None) for key, one in then.alerts.items()} == {
            key: replace(one, stage=Stage.FIRING, acknowledged=None) for key, one in state.alerts.items()
        }
        assert sum(then.alerts[key] is not state.alerts[key] for key in state.alerts) <= 1
        assert answer.refused is None or then is state
        assert len(then.silences) <= len(state.silences) + 1
        audible(then.alerts, then.silences, now)
        again, _ = obey(then, order, now, UTC)
        if not isinstance(order, Unacknowledge | EndSilence):
            assert again == then
        state = then
