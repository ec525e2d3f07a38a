"""The life of an account, told as a timeline."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerting.notifications import Reason
from monitor.core.budgets import Budget, Severity
from monitor.core.channels import Channel
from monitor.core.errors import SourceDrifted, SourceError, SourceRefused, SourceUnavailable
from monitor.core.spending.readings import Observation, Quota, Reading
from monitor.core.tuning import Silent, Tuning
from monitor.core.windows import Period
from tests.core.story import OPS, START, Story, usd

MONTHLY = Budget("monthly", usd(100))


def test_each_threshold_is_told_once() -> None:
    story = Story(MONTHLY)

    assert story.spend(50) == []
    assert story.later(minutes=1).spend("75.5") == ["[WARNING] holysheep: 75.5% of the monthly budget"]
    assert story.later(minutes=1).spend(76) == []
    assert story.later(minutes=1).spend(92) == ["[CRITICAL] holysheep: 92% of the monthly budget"]
    assert story.later(minutes=1).spend(96) == ["[EMERGENCY] holysheep: 96% of the monthly budget"]
    assert story.later(minutes=1).spend(97) == []


@pytest.mark.parametrize(("spent", "severity"), [(70, "WARNING"), (90, "CRITICAL"), (95, "EMERGENCY")])
def test_at_a_threshold_counts(spent: int, severity: str) -> None:
    assert Story(MONTHLY).spend(spent) == [f"[{severity}] holysheep: {spent}% of the monthly budget"]


def test_just_below_a_threshold_is_silent() -> None:
    assert Story(MONTHLY).spend("69.999999") == []


def test_a_jump_over_several_thresholds_is_one_message_that_names_the_steps() -> None:
    story = Story(MONTHLY)
    story.down = {"ops"}
    story.spend(96)

    (due,) = story.due(OPS)
    story.down = set()

    assert due.reason is Reason.FIRST
    assert story.later(minutes=1).spend(96) == ["[EMERGENCY] holysheep: 96% of the monthly budget"]


def test_an_emergency_is_said_again_after_the_reminder_time_and_a_warning_is_not() -> None:
    story = Story(MONTHLY)
    story.spend(75)
    assert story.later(hours=5).spend(75) == []

    story.spend(96)
    assert story.later(hours=3, minutes=59).spend(96) == []
    assert story.later(minutes=1).spend(96) == ["[EMERGENCY] holysheep: 96% of the monthly budget"]


def test_a_downward_correction_resolves_once() -> None:
    story = Story(MONTHLY)
    story.spend(96)

    assert story.later(minutes=1).spend(69) == []
    assert story.later(minutes=1).spend(40) == ["[RESOLVED] holysheep: 40% of the monthly budget"]
    assert story.later(minutes=1).spend(40) == []
    assert story.later(minutes=1).spend(71) == ["[WARNING] holysheep: 71% of the monthly budget"]


def test_a_lower_severity_that_still_fires_is_silent() -> None:
    story = Story(MONTHLY)
    story.spend(96)

    assert story.later(minutes=1).spend(75) == []
    assert story.later(minutes=1).spend(96) == []


def test_a_new_month_re_arms_in_silence() -> None:
    story = Story(MONTHLY)
    story.at(datetime(2026, 11, 30, 23, 0, tzinfo=UTC)).spend(96)

    assert story.at(datetime(2026, 12, 1, 0, 1, tzinfo=UTC)).spend(1) == []
    assert story.later(hours=80).spend(30) == []
    assert story.later(days=1).spend(75) == ["[WARNING] holysheep: 75% of the monthly budget"]


def test_a_late_bill_of_the_month_that_has_just_ended_is_told() -> None:
    story = Story(MONTHLY)
    story.at(datetime(2026, 11, 30, 23, 0, tzinfo=UTC)).spend(60)
    november = Reading(Period.MONTH.window(story.now, UTC), usd(91))
    story.at(datetime(2026, 12, 1, 6, 0, tzinfo=UTC))

    assert story.poll(Observation((november,), story.now, timedelta())) == [
        "[CRITICAL] holysheep: 91% of the monthly budget"
    ]


def test_history_from_before_the_watch_is_not_news() -> None:
    story = Story(MONTHLY).at(datetime(2026, 12, 1, 6, 0, tzinfo=UTC))
    november = Reading(Period.MONTH.window(story.now - timedelta(days=1), UTC), usd(500))

    assert story.poll(Observation((november,), story.now, timedelta())) == []


def test_what_crossed_while_a_channel_was_down_is_told_when_it_is_back_with_the_figures_of_then() -> None:
    pager = Channel("pager")
    story = Story(MONTHLY, OPS, pager)
    story.down = {"pager"}

    assert story.spend(75) == ["[WARNING] holysheep: 75% of the monthly budget"]
    assert story.later(hours=1).spend(92) == ["[CRITICAL] holysheep: 92% of the monthly budget"]
    story.down = set()
    assert story.later(hours=1).spend(93) == ["[CRITICAL] holysheep: 93% of the monthly budget"]
    assert story.later(hours=1).spend(93) == []


def test_a_channel_for_emergencies_hears_nothing_less_and_only_of_what_it_heard_that_it_is_over() -> None:
    pager = Channel("pager", min_severity=Severity.EMERGENCY)
    story = Story(MONTHLY, pager)

    assert story.spend(92) == []
    assert story.spend(10) == []
    assert story.spend(95) == ["[EMERGENCY] holysheep: 95% of the monthly budget"]
    assert story.spend(10) == ["[RESOLVED] holysheep: 10% of the monthly budget"]


def test_the_providers_quota_is_judged_where_no_budget_is_set() -> None:
    story = Story(None)

    assert story.spend(40, Quota(usd(40), usd(50))) == ["[WARNING] holysheep: 80% of the provider's quota"]


def test_a_quota_beside_a_budget_shares_its_message() -> None:
    titles = Story(MONTHLY).spend(75, Quota(usd(75), usd(100)))

    assert titles == ["[WARNING] holysheep: 75% of the monthly budget"]


def test_the_providers_word_that_the_limit_is_reached_is_an_emergency() -> None:
    story = Story(MONTHLY)
    seen = Observation((), story.now, timedelta(), Quota(None, None, reached=True))

    assert story.poll(seen) == ["[EMERGENCY] holysheep: the provider refuses further requests, its limit is reached"]


@pytest.mark.parametrize(
    ("error", "over"),
    [
        (SourceUnavailable("timed out"), "data is coming in again"),
        (SourceDrifted("not JSON"), "answers are understood again"),
    ],
)
def test_silence_warns_after_ten_minutes_and_is_critical_after_an_hour(error: SourceError, over: str) -> None:
    story = Story(MONTHLY)
    story.spend(75)
    heard = [title for _ in range(70) for title in story.later(minutes=1).poll(error)]

    assert [title.split("]")[0] for title in heard] == ["[WARNING", "[CRITICAL"]
    assert story.later(minutes=1).spend(75) == [f"[RESOLVED] holysheep: {over}"]


def test_a_refused_key_is_critical_at_the_second_refusal_and_hides_the_silence() -> None:
    story = Story(MONTHLY)
    error = SourceRefused("401: HOLYSHEEP_API_KEY was refused")

    assert story.poll(error) == []
    assert story.later(minutes=1).poll(error) == ["[CRITICAL] holysheep: the key is refused"]
    assert story.later(hours=2).poll(error) == []
    assert story.later(minutes=1).spend(5) == ["[RESOLVED] holysheep: the key is accepted again"]


def test_a_failed_poll_keeps_the_last_good_figures() -> None:
    story = Story(MONTHLY)
    story.spend(75)
    story.later(minutes=1).poll(SourceUnavailable("timed out"))

    month = Period.MONTH.window(START, UTC)
    assert story.state.sources["holysheep"].spend.spent(month, story.now) == usd(75)


amounts = st.lists(st.decimals(min_value=0, max_value=200, places=2), max_size=30)


@given(amounts)
def test_no_severity_is_told_twice_while_the_spend_only_grows(amounts: list[Decimal]) -> None:
    story = Story(MONTHLY)
    heard = [title for amount in sorted(amounts) for title in story.later(minutes=1).spend(amount)]

    levels = [Severity[title[1:].split("]")[0]] for title in heard]
    assert levels == sorted(set(levels))
    if amounts:
        assert max(levels, default=Severity.OK) is MONTHLY.thresholds.severity(max(amounts) / 100)


@given(amounts)
def test_a_poll_that_is_repeated_changes_nothing(amounts: list[Decimal]) -> None:
    story = Story(MONTHLY)
    for amount in amounts:
        story.later(minutes=1).spend(amount)
        assert story.spend(amount) == []
        assert story.state.sources["holysheep"].spend.spent(Period.MONTH.window(story.now, UTC), story.now) == usd(
            amount
        )


def test_a_months_cost_says_nothing_of_a_day_that_nobody_watched() -> None:
    story = Story(MONTHLY)
    story.spend(75)

    assert story.state.sources["holysheep"].spend.spent(Period.DAY.window(START, UTC), START) is None


def test_only_a_good_poll_ends_what_is_wrong_with_a_source() -> None:
    story = Story(MONTHLY)
    story.spend(5)
    refused = SourceRefused("401")
    heard = [title for _ in range(3) for title in story.later(minutes=1).poll(refused)]
    heard += story.later(minutes=1).poll(SourceUnavailable("503"))
    heard += story.later(minutes=1).poll(refused)

    assert heard == ["[CRITICAL] holysheep: the key is refused"]
    assert story.later(minutes=1).spend(5) == ["[RESOLVED] holysheep: the key is accepted again"]


def test_a_day_that_was_overspent_is_not_repeated_and_hides_nothing_of_the_days_after() -> None:
    story = Story(Budget("daily", usd(100), Period.DAY)).at(datetime(2026, 11, 9, 0, 0, tzinfo=UTC))
    heard = []
    for hour in range(1, 72):
        story.later(hours=1)
        day = Period.DAY.window(story.now, UTC)
        spent = {9: 97, 10: 75, 11: 93}[story.now.day] if story.now.hour >= 8 else 1
        reading = Reading(day, usd(spent))
        heard += [(story.now.day, title) for title in story.poll(Observation((reading,), story.now, timedelta()))]
        assert hour

    told = [(day, title.split("]")[0][1:]) for day, title in heard]
    assert [level for day, level in told if day == 9] == ["EMERGENCY"] * 4
    assert [level for day, level in told if day == 10] == ["WARNING"]
    assert [level for day, level in told if day == 11] == ["CRITICAL"]


def test_a_quota_whose_limit_is_gone_is_over() -> None:
    story = Story(None)
    seen = Observation((), story.now, timedelta(), Quota(None, None, reached=True))
    story.poll(seen)
    story.later(minutes=1)

    assert story.poll(Observation((), story.now, timedelta(), Quota(None, None))) == [
        "[RESOLVED] holysheep: the provider tells of no limit any more"
    ]


def test_a_quota_that_is_not_told_any_more_is_over_after_some_days() -> None:
    story = Story(None)
    story.spend(97, Quota(usd(97), usd(100)))
    heard = [title for _ in range(4 * 24) for title in story.later(hours=1).spend(97)]

    assert heard[-1] == "[RESOLVED] holysheep: the provider tells of no limit any more"


def test_how_long_a_source_may_be_silent_can_be_set() -> None:
    patient = Silent(warning=timedelta(minutes=30), critical=timedelta(hours=3))
    story = Story(None, tuning=Tuning(no_data=patient, drifted=replace(patient, warning=timedelta(minutes=20))))
    story.spend(1)
    heard = [story.later(minutes=10).poll(SourceUnavailable("503")) for _ in range(20)]

    assert [(10 * n, title) for n, titles in enumerate(heard) for title in titles] == [
        (30, "[WARNING] holysheep: no data for 30 min"),
        (180, "[CRITICAL] holysheep: no data for 3 h"),
    ]
    story.later(minutes=1).spend(1)
    story.poll(SourceDrifted("a web page"))
    assert story.later(minutes=20).poll(SourceDrifted("a web page")) == [
        "[WARNING] holysheep: answers are not understood for 20 min"
    ]
