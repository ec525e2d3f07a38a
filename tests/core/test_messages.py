"""The words: the title stands alone, the body says how much, how fast, why and what to do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.core.alerts import Alert, Rule, SpendFacts
from monitor.core.budgets import Severity, Thresholds
from monitor.core.channels import Tone
from monitor.core.messages import ADVICE, render, window_words
from monitor.core.notifications import Notification, Reason
from monitor.core.windows import FOREVER, Period, Window
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


def body(*due: Notification) -> list[str]:
    return render(due, UTC, START).body.splitlines()


def test_a_message_says_how_much_how_fast_why_and_what_to_do_in_this_order() -> None:
    message = render((note(),), UTC, START)

    assert message.title == "[WARNING] holysheep: 75.5% of the monthly budget"
    assert message.tone is Tone.WARNING
    much, fast, why, act = message.body.splitlines()
    assert much == ("$75.50 of $100.00 (75.5%) of the monthly budget, 1 to 30 November, as of Tue 10 Nov 09:00 UTC.")
    assert "$2.45 an hour; the limit is reached Tue 10 Nov 19:00 UTC." in fast
    assert why == "Spent on: large $60.00, small $15.50."
    assert act == ADVICE[WARNING]


@pytest.mark.parametrize(
    ("severity", "tone"), [(WARNING, Tone.WARNING), (CRITICAL, Tone.FAILURE), (EMERGENCY, Tone.FAILURE)]
)
def test_the_severity_gives_title_tone_and_advice(severity: Severity, tone: Tone) -> None:
    message = render((note(replace(ALERT, severity=severity)),), UTC, START)

    assert message.title.startswith(f"[{severity.name}] ")
    assert message.tone is tone
    assert message.body.endswith(ADVICE[severity])


def test_an_end_is_good_news_and_asks_for_nothing() -> None:
    message = render((note(replace(ALERT, severity=OK), Reason.RESOLVED, EMERGENCY),), UTC, START)

    assert message.title == "[RESOLVED] holysheep: 75.5% of the monthly budget"
    assert message.tone is Tone.SUCCESS
    assert not any(advice in message.body for advice in ADVICE.values())


def test_several_at_once_are_one_message_with_the_worst_as_its_title() -> None:
    message = render((note(OTHER), note()), UTC, START)

    assert message.title == "[CRITICAL] openai: no data for 61 min (+1 more)"
    first, second = message.body.split("\n\n")
    assert first == "[CRITICAL] openai: no data for 61 min\nLook."
    assert second.startswith("[WARNING] holysheep: 75.5% of the monthly budget\n$75.50 of $100.00")


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


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (FOREVER, "since the beginning"),
        (Period.HOUR.window(START, BERLIN), "the hour from Tue 10 Nov 10:00 CET"),
        (Period.DAY.window(START, BERLIN), "10 November"),
        (Period.DAY.window(datetime(2026, 10, 25, 12, tzinfo=UTC), BERLIN), "25 October"),
        (Period.WEEK.window(START, BERLIN), "9 to 15 November"),
        (Period.WEEK.window(START + timedelta(days=20), BERLIN), "30 November to 6 December"),
        (Period.MONTH.window(START, BERLIN), "1 to 30 November"),
    ],
)
def test_a_window_is_said_as_people_say_it(window: Window, words: str) -> None:
    assert window_words(window, BERLIN) == words
