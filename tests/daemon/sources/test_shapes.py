"""Whatever an answer holds, it gives amounts that make sense or an error of a known kind."""

from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import SourceDrifted, SourceError
from monitor.core.money import BEYOND_SENSE
from monitor.core.spending.readings import Observation
from monitor.daemon.sources.assembly import Assembly, month_of
from monitor.daemon.sources.calendar import Calendar
from monitor.daemon.sources.shapes.figures import Usage
from monitor.daemon.sources.shapes.limits import money_limits
from monitor.daemon.sources.shapes.numbers import cost, keys_of
from monitor.daemon.sources.shapes.relays import billing, token_usage, user_stats
from monitor.daemon.sources.shapes.usage import read_usage
from tests.daemon.sources.accounts import NOW, account

NAMES = (
    "cost",
    "data",
    "usage",
    "quota",
    "quota_used",
    "quota_limit",
    "limit",
    "used",
    "remaining",
    "total_tokens",
    "daily",
    "date",
    "models",
    "model",
    "error",
    "code",
    "message",
    "success",
    "mode",
    "isValid",
    "subscription",
    "monthly_usage_usd",
    "daily_usage",
    "today",
    "total",
    "actual_cost",
    "balance",
    "status",
    "currency",
    "unit",
    "total_usage",
    "object",
    "hard_limit_usd",
    "limits",
    "currentDailyCost",
    "dailyCostLimit",
    "total_used",
    "quota_per_unit",
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals()
    | st.text(max_size=8)
    | st.sampled_from(["2026-05-20", "12.5", "1e-400", "NaN", "list", "token_usage", "USD"])
    | st.decimals(min_value=0, max_value=1000)
)
ANSWERS = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=6)
    ),
    max_leaves=25,
)
ASSEMBLY, CALENDAR = Assembly(account()), Calendar.at(NOW, UTC)


def user_stats_of(one: object, _: object) -> Usage | None:
    return user_stats(one)


def observed(told: Usage) -> Observation:
    quota = ASSEMBLY.quota(None, told, month_of(told, CALENDAR.first, CALENDAR.today))
    balance = None if told.balance is None else ASSEMBLY.money(told.balance)
    return Observation(ASSEMBLY.readings(told, CALENDAR), NOW, timedelta(), quota, balance)


def amounts(seen: Observation) -> list[Decimal]:
    quota = [seen.quota.used, seen.quota.limit] if seen.quota else []
    held = [reading.cost for reading in seen.readings] + [money for money in [*quota, seen.balance] if money]
    return [money.amount for money in held]


@given(ANSWERS)
def test_any_answer_of_usage_makes_sense_or_is_an_error_of_a_source(body: object) -> None:
    try:
        told = read_usage(body)
        seen = observed(told) if isinstance(told, Usage) else None
    except SourceError:
        return

    for amount in amounts(seen) if seen else []:
        assert amount.is_finite()
        assert 0 <= amount < BEYOND_SENSE
        assert len(f"{amount:f}") < 40


@given(ANSWERS, ANSWERS)
def test_any_answer_of_a_relay_makes_sense_or_is_an_error_of_a_source(one: object, other: object) -> None:
    for shape in (billing, token_usage, user_stats_of):
        try:
            told = shape(one, other)
            seen = observed(told) if told else None
        except SourceError:
            continue
        assert all(0 <= amount < BEYOND_SENSE for amount in (amounts(seen) if seen else []))


@given(ANSWERS)
def test_any_answer_about_limits_makes_sense_or_is_drifted(body: object) -> None:
    try:
        found = money_limits(body)
    except SourceDrifted:
        return

    for amount in (found[0].used, found[0].limit) if found else ():
        assert amount is None or 0 <= amount < BEYOND_SENSE


@given(ANSWERS)
def test_an_answers_keys_are_short_enough_for_a_message(body: object) -> None:
    assert len(keys_of(body)) < 700


@pytest.mark.parametrize(("written", "amount"), [("1.50", "1.5"), (" 2 ", "2"), ("8.50E-8", "0.000000085"), (7, "7")])
def test_numbers_are_read_as_they_come(written: object, amount: str) -> None:
    assert cost(written, "cost") == Decimal(amount)
