"""The words: the title stands alone, the body says how much, how fast, why and what to do."""

from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerting.alerts import Acknowledgement, Alert, Rule, SpendFacts, Stage
from monitor.core.alerting.notifications import Notification, Reason
from monitor.core.budgets import Severity, Thresholds
from monitor.core.channels import Tone
from monitor.core.money import Money
from monitor.core.telling.alert_lines import ADVICE
from monitor.core.telling.messages import render
from monitor.core.telling.phrases import MOST_CHARACTERS
from monitor.core.windows import Period
from tests.core.story import START, usd

OK, WARNING, CRITICAL, EMERGENCY = Severity
BERLIN = ZoneInfo("Europe/Berlin")
FACTS = SpendFacts(
    spent=usd("75.5"),
    limit=usd(100),
    ratio=usd("75.5") / usd(100),
    what="the monthly budget",
    as_of=START,
    thresholds=Thresholds(),
    pace=usd("2.45"),
    models=(("large", usd(60)), ("small", usd("15.5"))),
)
ALERT = Alert(
    "threshold:monthly",
    Rule.THRESHOLD,
    "holysheep",
    WARNING,
    "holysheep: 75.5% of the monthly budget",
    START,
    Period.MONTH.window(START, UTC),
    FACTS,
)
OTHER = Alert(
    "no_data:openai", Rule.NO_DATA, "openai", CRITICAL, "openai: no data for 61 min", START, advice=("Look.",)
)


def note(alert: Alert = ALERT, reason: Reason = Reason.FIRST, before: Severity = OK) -> Notification:
    return Notification("ops", alert, reason, before)


def over(began_at: Money | None = None, key: str = "over", subject: str = "holysheep") -> Alert:
    since = START - timedelta(hours=3, minutes=10)
    return replace(
        ALERT,
        key=key,
        subject=subject,
        severity=OK,
        stage=Stage.RESOLVED,
        since=since,
        ended=START,
        began_at=began_at,
    )


def body(*due: Notification) -> list[str]:
    return render(due, UTC, START).body.splitlines()


def test_a_message_says_how_much_how_fast_why_and_what_to_do_in_this_order() -> None:
    message = render((note(),), UTC, START)

    assert message.title == "[WARNING] holysheep: 75.5% of the monthly budget"
    assert message.tone is Tone.WARNING
    much, fast, why, act, known_by = message.body.splitlines()
    assert much == ("$75.50 of $100.00 (75.5%) of the monthly budget, 1 to 30 November, as of Tue 10 Nov 09:00 UTC.")
    assert "$2.45 an hour; the limit is reached Tue 10 Nov 19:00 UTC." in fast
    assert why == "Spent on: large $60.00, small $15.50."
    assert act == ADVICE[WARNING]
    assert known_by == f"Alert {ALERT.id}. To acknowledge: spend-monitor ack {ALERT.id}"


@pytest.mark.parametrize(
    ("severity", "tone"), [(WARNING, Tone.WARNING), (CRITICAL, Tone.FAILURE), (EMERGENCY, Tone.FAILURE)]
)
def test_the_severity_gives_title_tone_and_advice(severity: Severity, tone: Tone) -> None:
    message = render((note(replace(ALERT, severity=severity)),), UTC, START)

    assert message.title.startswith(f"[{severity.name}] ")
    assert message.tone is tone
    assert message.body.splitlines()[-2] == ADVICE[severity]


def test_an_end_is_good_news_and_asks_for_nothing() -> None:
    message = render((note(replace(ALERT, severity=OK), Reason.RESOLVED, EMERGENCY),), UTC, START)

    assert message.title == "[RESOLVED] holysheep: 75.5% of the monthly budget"
    assert message.tone is Tone.SUCCESS
    assert not any(advice in message.body for advice in ADVICE.values())


def test_several_at_once_are_one_message_with_the_worst_as_its_title() -> None:
    message = render((note(OTHER), note()), UTC, START)

    assert message.title == "[CRITICAL] openai: no data for 61 min (+1 more)"
    first, second, footer = message.body.split("\n\n")
    assert first == f"[CRITICAL] openai: no data for 61 min ({OTHER.id})\nLook."
    assert second.startswith(f"[WARNING] holysheep: 75.5% of the monthly budget ({ALERT.id})\n$75.50 of $100.00")
    assert "Pace" not in second
    assert footer == f"To acknowledge one: spend-monitor ack {OTHER.id}"


def test_two_alerts_of_one_subject_are_not_counted_as_more() -> None:
    assert "more" not in render((note(), note(replace(ALERT, key="quota"))), UTC, START).title


def test_steps_that_were_crossed_at_once_are_named() -> None:
    assert "Crossed at once: WARNING, CRITICAL, EMERGENCY." in body(note(replace(ALERT, severity=EMERGENCY)))
    assert "Crossed at once: CRITICAL, EMERGENCY." in body(note(replace(ALERT, severity=EMERGENCY), before=WARNING))
    assert not any("Crossed" in line for line in body(note()))


def test_a_reminder_says_since_when() -> None:
    late = replace(ALERT, severity=EMERGENCY, since=START - timedelta(hours=4))

    assert "Reminder: this has been so since Tue 10 Nov 05:00 UTC." in body(note(late, Reason.REMINDER, EMERGENCY))


@pytest.mark.parametrize(
    ("pace", "words"),
    [
        ("0.01", "; the limit holds until the window ends."),
        ("24.5", "; the limit is reached Tue 10 Nov 10:00 UTC."),
        ("0", None),
        (None, None),
    ],
)
def test_the_pace_tells_whether_the_limit_is_reached_in_time(pace: str | None, words: str | None) -> None:
    facts = replace(FACTS, pace=None if pace is None else usd(pace))
    lines = [line for line in body(note(replace(ALERT, spend=facts))) if line.startswith("Pace")]

    assert [line.endswith(words or "") for line in lines] == ([True] if words else [])


def test_what_is_known_of_a_part_of_the_window_only_says_since_when() -> None:
    begun = ALERT.since - timedelta(hours=2)

    assert (
        f"known from {begun:%a %d %b %H:%M} UTC on."
        in body(note(replace(ALERT, spend=replace(FACTS, known_from=begun))))[0]
    )


def test_a_limit_that_is_passed_is_not_reached_again() -> None:
    facts = replace(FACTS, spent=usd(120), ratio=usd(120) / usd(100))

    assert "reached" not in "".join(body(note(replace(ALERT, spend=facts))))


def test_times_are_said_in_the_users_zone() -> None:
    assert "as of Tue 10 Nov 10:00 CET" in render((note(),), BERLIN, START).body


def test_figures_that_nobody_told_are_not_made_up() -> None:
    facts = replace(FACTS, spent=None, limit=None, ratio=None, pace=None, models=())
    lines = body(note(replace(ALERT, spend=facts, severity=EMERGENCY)))

    assert lines[0] == "As of Tue 10 Nov 09:00 UTC; the provider gave no figures."
    assert "$" not in "".join(lines)


def test_nothing_due_is_no_message() -> None:
    with pytest.raises(ValueError, match="nothing is due"):
        render((), UTC, START)


def test_a_forecast_is_not_contradicted_by_the_last_minutes() -> None:
    slow = replace(ALERT, rule=Rule.FORECAST, spend=replace(FACTS, pace=usd("0.01")))

    assert "Pace of the last quarter of an hour: $0.01 an hour." in body(note(slow))


def test_an_end_says_how_long_it_lasted_and_what_was_spent_meanwhile() -> None:
    (first, *_, last) = body(note(over(began_at=usd(60)), Reason.RESOLVED, CRITICAL))

    assert first == (
        "It lasted 3 h 10 min, from Tue 10 Nov 05:50 UTC to Tue 10 Nov 09:00 UTC; $15.50 was spent meanwhile."
    )
    assert last == f"Alert {over().id}."


def test_an_end_before_its_beginning_says_that_the_clock_was_set_back() -> None:
    ended = note(replace(over(), since=START, ended=START - timedelta(hours=2)), Reason.RESOLVED, CRITICAL)

    assert body(ended)[0] == "It ended Tue 10 Nov 07:00 UTC, by a clock that was set back meanwhile."


def test_an_end_by_correction_says_what_the_figure_was() -> None:
    first = body(note(over(began_at=usd(96)), Reason.RESOLVED, CRITICAL))[0]

    assert first.endswith("09:00 UTC; the figure was $96.00 when it began.")


@pytest.mark.parametrize("began_at", [None, Money(Decimal(5), "CNY")])
def test_an_end_does_not_guess_what_was_spent(began_at: Money | None) -> None:
    first = body(note(over(began_at=began_at), Reason.RESOLVED, CRITICAL))[0]

    assert first.endswith("to Tue 10 Nov 09:00 UTC.")


def test_an_acknowledgement_that_has_ended_is_named() -> None:
    known = Acknowledgement("anna", START - timedelta(hours=4), CRITICAL, ended=START)
    goes_on = replace(ALERT, severity=CRITICAL, acknowledged=known)
    worse = replace(goes_on, severity=EMERGENCY)

    assert "Acknowledged by anna, Tue 10 Nov 05:00 UTC: that has ended, and it goes on." in body(
        note(goes_on, Reason.REMINDER, CRITICAL)
    )
    assert "Acknowledged by anna, Tue 10 Nov 05:00 UTC: it was CRITICAL then and is worse now." in body(
        note(worse, Reason.ESCALATED, CRITICAL)
    )
    assert "Acknowledged by anna, Tue 10 Nov 05:00 UTC: there is more to it now." in body(
        note(replace(goes_on, risen_at=START), Reason.ESCALATED, CRITICAL)
    )


def test_the_id_is_that_of_this_time_that_it_fires() -> None:
    assert f"Alert {ALERT.id}." in body(note())[-1]
    assert replace(ALERT, severity=EMERGENCY).id == ALERT.id
    assert replace(ALERT, since=START + timedelta(hours=1)).id != ALERT.id


def test_ends_alone_need_no_acknowledgement() -> None:
    ends = (note(over(), Reason.RESOLVED), note(over(key="other", subject="openai"), Reason.RESOLVED))

    assert "spend-monitor" not in render(ends, UTC, START).body


def test_a_thousand_are_the_worst_few_and_a_count_of_the_rest() -> None:
    due = [
        note(replace(ALERT, key=f"{n}", subject=f"acct-{n}", severity=CRITICAL if n < 300 else WARNING, spend=None))
        for n in range(1_000)
    ]
    due.append(note(over(key="over", subject="old"), Reason.RESOLVED, WARNING))

    message = render(due, UTC, START)

    assert message.title.endswith(" (+1,000 more)")
    *shown, rest, footer = message.body.split("\n\n")
    assert len(shown) == 5
    assert rest == (
        "And 996 more: 295 critical, 700 warning, 1 resolved. "
        "The worst of them: acct-5, acct-6, acct-7, acct-8, acct-9 and 991 more."
    )
    assert footer.endswith(" (all are listed by: spend-monitor alerts)")


def test_one_beyond_the_shown_is_named() -> None:
    due = [note(replace(ALERT, key=f"{n}", subject=f"acct-{n}")) for n in range(6)]

    assert f"\n\nAnd one more: [WARNING] {ALERT.summary} ({due[5].alert.id})\n\n" in render(due, UTC, START).body


TEXT = st.text(max_size=3_000)
ALERTS = st.builds(
    Alert,
    key=st.text(max_size=20),
    rule=st.sampled_from(Rule),
    subject=TEXT,
    severity=st.sampled_from([WARNING, CRITICAL, EMERGENCY]),
    summary=TEXT,
    since=st.datetimes(timezones=st.just(UTC)),
    spend=st.sampled_from([None, FACTS, replace(FACTS, models=(("m" * 9_000, usd(1)),), what="w" * 9_000)]),
    advice=st.lists(TEXT, max_size=20).map(tuple),
)


@given(st.lists(st.builds(note, ALERTS, st.sampled_from(Reason)), min_size=1, max_size=12), st.integers(1, 200))
def test_whatever_is_due_the_message_is_short_and_names_the_first(due: list[Notification], times: int) -> None:
    message = render(due * times, UTC, START)

    assert len(message.body) <= MOST_CHARACTERS
    assert len(message.title) <= 200
    assert due[0].alert.id in message.body
