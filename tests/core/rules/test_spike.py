"""An hour is a spike against its own past, and against nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.life import Finding
from monitor.core.budgets import Severity
from monitor.core.rules.spike import learning, spike
from monitor.core.spending.readings import Observation, Reading
from monitor.core.spending.source import SourceState
from monitor.core.tuning import BurnRate, Forecast, Spike, Tuning
from monitor.core.windows import FOREVER
from tests.core.rules.accounts import DAY, HOUR, NOW, WATCHED, WEEK, Spending, account, evenly, watched_by, with_last
from tests.core.story import Story, usd

TUNING = Spike()
KEY = "spike:openai"


FIRING = Alert(KEY, Rule.SPIKE, "openai", Severity.WARNING, "it spikes", NOW - HOUR)


def look(source: SourceState, *known: Alert, watched: object = WATCHED, tuning: Spike = TUNING) -> Finding | None:
    return spike(watched, source, tuning, {one.key: one for one in known}, UTC, NOW)  # type: ignore[arg-type]


def severity(source: SourceState, **changes: object) -> Severity:
    found = look(source, watched=watched_by(**changes))
    return found.alert.severity if found else Severity.OK


def office(hour: datetime) -> Decimal:
    """Return what people at work spend."""
    return Decimal(4) if hour.weekday() < 5 and 8 <= hour.hour < 18 else Decimal("0.1")


def batch(hour: datetime) -> Decimal:
    """Return one dear hour in each week, the one that has just ended."""
    return Decimal(40) if (NOW - HOUR - hour) % WEEK < HOUR else Decimal(1)


@pytest.mark.parametrize(
    ("usual", "last", "expected"),
    [
        (2, "2", Severity.OK),
        (2, "5.99", Severity.OK),
        (2, "6", Severity.WARNING),
        (2, "19.99", Severity.WARNING),
        (2, "20", Severity.CRITICAL),
        ("0.1", "1.09", Severity.OK),  # Eleven times the usual, and not a dollar more.
        ("0.1", "1.1", Severity.WARNING),
        (0, "0.99", Severity.OK),
        (0, "1", Severity.WARNING),
        (0, "9.99", Severity.WARNING),  # Many times nothing, and still little money.
        (0, "10", Severity.CRITICAL),
    ],
)
def test_ratio_and_floor_both_have_to_be_passed(usual: str, last: str, expected: Severity) -> None:
    assert severity(account(with_last(evenly(usual), last))) is expected


def test_what_varies_by_nature_has_to_rise_by_six_deviations() -> None:
    restless: Spending = lambda hour: Decimal(1 + hour.hour % 3 * 4)  # noqa: E731 - 1, 5 or 9 an hour.

    assert severity(account(with_last(restless, 44))) is Severity.OK
    assert severity(account(with_last(restless, 45))) is Severity.WARNING


def test_an_hour_is_measured_by_the_same_hours_of_the_week() -> None:
    noon = NOW.replace(hour=12)
    at_night = account(with_last(office, 4))
    at_noon = account(with_last(office, 4, noon), now=noon)

    assert severity(at_night) is Severity.WARNING
    assert spike(WATCHED, at_noon, TUNING, {}, UTC, noon) is None


@pytest.mark.parametrize("watched", [8 * DAY, 5 * WEEK])
def test_a_batch_at_the_same_hour_of_each_week_is_usual(watched: timedelta) -> None:
    assert severity(account(batch, watched=watched)) is Severity.OK


@pytest.mark.parametrize(
    ("days", "expected"),
    [(2, Severity.OK), (3, Severity.OK), (4, Severity.OK), (6, Severity.CRITICAL), (20, Severity.CRITICAL)],
)
def test_on_a_working_day_it_is_quiet_until_three_working_days_were_watched(days: int, expected: Severity) -> None:
    source = account(with_last(evenly(2), 50), watched=DAY * days)

    # The first two days before this Wednesday are a Tuesday and a Monday, the next two a weekend.
    assert severity(source) is expected
    words = learning(WATCHED, source, UTC, NOW)
    assert (words is None) is (expected is Severity.CRITICAL)
    assert words is None or words.startswith("still learning, with ")


def test_a_weekend_is_measured_by_all_days_and_a_monday_not_by_the_weekend() -> None:
    saturday, monday = NOW + 3 * DAY, NOW + 5 * DAY
    after_work = account(with_last(evenly(2), 50, saturday), watched=4 * DAY, now=saturday)
    after_weekend = account(with_last(evenly(2), 50, monday), watched=4 * DAY, now=monday)

    assert spike(WATCHED, after_work, TUNING, {}, UTC, saturday) is not None
    assert spike(WATCHED, after_weekend, TUNING, {}, UTC, monday) is None


def test_nothing_is_learnt_of_an_account_that_was_never_seen() -> None:
    assert learning(WATCHED, account(evenly(0), watched=timedelta()), UTC, NOW) is not None


def test_daily_figures_are_compared_by_the_day() -> None:
    spending: Spending = lambda hour: Decimal(20) if hour >= NOW - DAY else Decimal(2)  # noqa: E731

    found = look(account(spending), watched=watched_by(grain=DAY))

    assert found is not None
    assert found.alert.severity is Severity.CRITICAL
    assert found.alert.summary == "openai: $480.00 in the last day, 10x what is usual"


def test_the_cause_is_named_with_its_usual_its_begin_and_its_share() -> None:
    spending = {"gpt-4.1": with_last(evenly(1), 41), "gpt-4o": with_last(evenly(1), 11)}

    found = look(account(with_last(evenly(2), 52), spending))

    assert found is not None
    assert found.alert.summary == "openai: $52.00 in the last hour, 26x what is usual"
    assert found.alert.advice == (
        "Usual at this time of the week in the last 4 weeks: $2.00 an hour.",
        "Cause: gpt-4.1 with $41.00 (usually $1.00), since Wed 25 Nov 02:00 UTC; 80% of the rise.",
        "Cause: gpt-4o with $11.00 (usually $1.00), since Wed 25 Nov 02:00 UTC; 20% of the rise.",
    )


def test_a_part_that_rises_within_a_calm_account_is_told_by_name() -> None:
    calm, quiet = evenly(100), evenly("0.5")
    source = account(calm, {"gpt-4.1": calm, "o3": with_last(quiet, 6)})

    found = look(source)

    assert found is not None
    assert found.alert.severity is Severity.WARNING
    assert found.alert.summary == "openai o3: $6.00 in the last hour, 12x what is usual"
    assert found.alert.key == KEY


def test_a_part_that_is_new_is_the_cause_of_a_rise_from_nothing() -> None:
    source = account(with_last(evenly(1), 31), {"gpt-4.1": evenly(1)})
    new = account(evenly(30), {"o3": evenly(30)}, watched=HOUR).spend.parts
    source = replace(source, spend=replace(source.spend, parts=(*source.spend.parts, *new)))

    found = look(source)

    assert found is not None
    assert found.alert.advice[1].startswith("Cause: o3 with $30.00 (usually nothing), since ")


def test_a_part_that_is_young_and_steady_is_not_the_cause() -> None:
    source = account(with_last(evenly(10), 35), {"gpt-4.1": with_last(evenly(8), 33)})
    young = account(evenly(30), {"o3": evenly(30)}, watched=30 * HOUR).spend.parts
    source = replace(source, spend=replace(source.spend, parts=(*source.spend.parts, *young)))

    found = look(source)

    assert found is not None
    assert found.alert.advice[1].startswith("Cause: gpt-4.1 with $33.00 (usually $8.00), since ")


def test_a_spike_that_is_over_says_so_and_one_on_the_edge_lingers() -> None:
    over, edge = look(account(evenly(2)), FIRING), look(account(with_last(evenly(2), "5.5")), FIRING)

    assert over is not None
    assert (over.alert.severity, over.lingers) == (Severity.OK, False)
    assert over.alert.summary == "openai: spending is back to what is usual"
    assert edge is not None
    assert (edge.alert.severity, edge.lingers) == (Severity.OK, True)


def test_one_poll_alone_is_not_told() -> None:
    story = Story(None, tuning=Tuning(burn_rate=BurnRate(enabled=False), forecast=Forecast(enabled=False)))
    total, heard = Decimal(0), []
    for minutes in range(0, 15 * 24 * 60, 30):
        total += Decimal("0.5")
        heard += story.at(NOW + timedelta(minutes=minutes)).poll(_counter(total, story.now))
    looped = []
    for _ in range(6):
        total += 5
        looped.append(story.later(minutes=5).poll(_counter(total, story.now)))

    assert heard == []
    assert looped[0] == []
    assert [title.split("]")[0] for titles in looped[1:] for title in titles] == ["[WARNING", "[CRITICAL"]


def _counter(total: Decimal, now: datetime) -> Observation:
    return Observation((Reading(FOREVER, usd(total)),), now, timedelta())


amounts = st.decimals(0, 500, places=2)


@settings(deadline=None)
@given(usual=amounts, watched=st.integers(0, 40))
def test_an_even_past_is_never_a_spike(usual: Decimal, watched: int) -> None:
    assert look(account(evenly(usual), watched=DAY * watched)) is None


@settings(deadline=None, max_examples=50)
@given(past=st.lists(amounts, min_size=24, max_size=24), lower=amounts, more=amounts)
def test_more_spend_is_never_less_severe(past: list[Decimal], lower: Decimal, more: Decimal) -> None:
    spending: Spending = lambda hour: past[hour.hour]  # noqa: E731

    one, other = (severity(account(with_last(spending, last))) for last in (lower, lower + more))
    assert one <= other
