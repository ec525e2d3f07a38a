"""A prepaid balance is told before it is used up, and a top-up ends that."""

from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerting.life import Finding
from monitor.core.budgets import Severity
from monitor.core.money import Money
from monitor.core.rules.runway import runway
from monitor.core.spending.readings import Observation, Quota
from monitor.core.spending.spend import Spend
from monitor.core.tuning import Runway
from tests.core.rules.accounts import DAY, HOUR, NOW, WEEK, Spending, account, evenly
from tests.core.story import Story, usd


def holding(balance: str | Decimal, spending: Spending, watched: timedelta = WEEK) -> Spend:
    return replace(account(spending, watched=watched).spend, balance=usd(balance))


def look(spend: Spend, *known: str) -> Finding | None:
    return runway("deepseek", spend, Runway(), known, UTC, NOW)


def severity(spend: Spend) -> Severity:
    found = look(spend)
    return found.alert.severity if found else Severity.OK


@pytest.mark.parametrize(
    ("balance", "expected"),
    [
        ("169", Severity.OK),
        ("168", Severity.WARNING),
        ("73", Severity.WARNING),
        ("72", Severity.CRITICAL),
        ("24.1", Severity.CRITICAL),
        ("24", Severity.EMERGENCY),
        ("0", Severity.EMERGENCY),
        ("-3", Severity.EMERGENCY),
    ],
)
def test_a_dollar_an_hour_is_told_at_seven_three_and_one_days(balance: str, expected: Severity) -> None:
    assert severity(holding(balance, evenly(1))) is expected


def test_the_faster_of_the_last_day_and_the_last_week_counts() -> None:
    lately: Spending = lambda hour: Decimal(5) if hour >= NOW - DAY else Decimal(1)  # noqa: E731
    formerly: Spending = lambda hour: Decimal(0) if hour >= NOW - DAY else Decimal(7)  # noqa: E731

    assert severity(holding("350", lately)) is Severity.CRITICAL
    assert severity(holding("400", formerly)) is Severity.CRITICAL


def test_nothing_is_said_in_the_first_hour_nor_of_what_is_not_spent() -> None:
    assert look(holding("1", evenly(60), watched=timedelta())) is None
    assert look(holding("1", evenly(0))) is None
    assert look(holding("1", evenly(1), watched=HOUR)) is not None
    assert look(account(evenly(1)).spend) is None


def test_an_empty_balance_is_an_emergency_unless_the_account_has_a_plan_with_room() -> None:
    spend = holding("0", evenly(0), watched=timedelta())
    planned = replace(spend, quota=Quota(usd(3), usd(10)))
    exhausted = replace(spend, quota=Quota(usd(10), usd(10), reached=True))

    assert severity(spend) is Severity.EMERGENCY
    assert severity(planned) is Severity.OK
    assert severity(exhausted) is Severity.EMERGENCY


def test_a_balance_in_another_currency_is_not_divided_by_the_pace() -> None:
    spend = replace(account(evenly(1)).spend, balance=Money(Decimal(1), "CNY"))

    assert look(spend) is None


def test_the_message_says_how_much_how_fast_and_until_when() -> None:
    found = look(holding("36", evenly(1)))

    assert found is not None
    assert found.alert.summary == "deepseek: the balance of $36.00 lasts for 36 h at this pace"
    assert found.alert.advice == (
        "Pace: $24.00 a day, the faster of the last day and the last week.",
        "It is used up on Thu 26 Nov, 15:00 UTC. Top it up before, or slow down what spends it.",
    )


def test_a_balance_on_the_edge_lingers() -> None:
    edge, well = (look(holding(balance, evenly(1)), "runway:deepseek") for balance in ("175", "300"))

    assert edge is not None
    assert (edge.alert.severity, edge.lingers) == (Severity.OK, True)
    assert well is not None
    assert (well.alert.severity, well.lingers) == (Severity.OK, False)


def test_a_balance_alone_is_enough_and_a_top_up_ends_it() -> None:
    story = Story(None)

    def left(amount: str) -> list[str]:
        return story.later(hours=1).poll(Observation((), story.now, timedelta(), balance=usd(amount)))

    assert left("100") == []
    assert left("99.50") == []
    assert left("97") == []  # Once is no pace.
    assert left("94") == ["[WARNING] holysheep: the balance of $94.00 lasts for 47 h at this pace"]
    heard = [title for amount in ("80", "60", "30", "0") for title in left(amount)]
    assert [title.split("]")[0] for title in heard] == ["[EMERGENCY"]
    assert left("5000") == ["[RESOLVED] holysheep: the balance of $5,000.00 lasts again"]


@given(balance=st.decimals(0, 10**6, places=2), pace=st.decimals(0, 10**4, places=2), more=st.decimals(0, 100))
def test_a_faster_pace_is_never_less_severe_and_a_larger_balance_never_more(
    balance: Decimal, pace: Decimal, more: Decimal
) -> None:
    calm, fast = (severity(holding(balance, evenly(each), watched=2 * HOUR)) for each in (pace, pace + more))

    assert calm <= fast
    assert severity(holding(balance + more, evenly(pace), watched=2 * HOUR)) <= calm
