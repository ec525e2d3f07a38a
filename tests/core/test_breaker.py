from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.breaker import Circuit, Opening, Standing, is_model, opened, refusing
from monitor.core.budgets import Budget
from monitor.core.errors import BudgetExceeded, Cause
from monitor.core.money import Money
from monitor.core.windows import Period

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
LIMIT = 1_000
NANO = st.integers(0, 2 * LIMIT)


def standing(spent: int, reserved: int = 0, period: Period = Period.DAY) -> Standing:
    budget = Budget(period.value, Money.of_nano(LIMIT, "USD"), period)
    return Standing(budget, period.window(NOW, UTC), LIMIT, spent, reserved)


def opening(name: str = "manual", **more: object) -> Opening:
    return Opening(name, Cause.MANUAL, NOW, **more)  # type: ignore[arg-type]


@given(spent=NANO, reserved=NANO, share=st.decimals("0.01", "1", places=2))
def test_a_budget_is_closed_then_soft_then_open(spent: int, reserved: int, share: Decimal) -> None:
    circuit = standing(spent, reserved).circuit(share)

    used = Decimal(spent + reserved) / LIMIT
    assert circuit is (Circuit.OPEN if used >= 1 else Circuit.SOFT if used >= share else Circuit.CLOSED)


@given(st.lists(st.tuples(NANO, st.sampled_from(list(Period)))))
def test_any_budget_that_is_used_up_refuses_and_the_last_to_reopen_is_named(of: list[tuple[int, Period]]) -> None:
    standings = [standing(spent, period=period) for spent, period in of]

    refused = refusing(standings)

    ends = [one.window.end for one in standings if one.spent_nano >= LIMIT]
    assert (refused is None) == (not ends)
    assert refused is None or refused.window.end == max(ends)


@pytest.mark.parametrize(
    ("answered", "same"),
    [
        ("gpt-4.1", True),
        ("gpt-4.1-2025-04-14", True),
        ("gpt-4.1-latest", True),
        ("gpt-4.1-0613", True),
        ("gpt-4.1-20250414", True),
        ("gpt-4.1-mini", False),
        ("gpt-4.1-mini-2025-04-14", False),
        ("gpt-4.12", False),
        ("my-gpt-4.1", False),
        ("gpt-4", False),
    ],
)
def test_a_dated_answer_is_of_the_model_that_was_asked(answered: str, same: bool) -> None:  # noqa: FBT001
    assert is_model("gpt-4.1", answered) is same


def test_an_opening_holds_until_its_end() -> None:
    one = opening(until=NOW + timedelta(hours=1))

    assert [opened([one], "", [], [], NOW + timedelta(minutes=minutes)) is one for minutes in (0, 59, 60)] == [
        True,
        True,
        False,
    ]


def test_an_opening_of_a_program_is_for_that_one() -> None:
    one = opening(program="nightly")

    assert (opened([one], "nightly", [], [], NOW), opened([one], "web", [], [], NOW)) == (one, None)


def test_an_opening_of_a_budget_is_for_what_that_counts_and_for_all_where_nobody_knows_it() -> None:
    search, chat = standing(0, period=Period.DAY).budget, standing(0, period=Period.WEEK).budget
    one = opening(budget="day")

    assert opened([one], "", [search], [search, chat], NOW) is one
    assert opened([one], "", [chat], [search, chat], NOW) is None
    assert opened([one], "", [chat], [chat], NOW) is one


def test_of_several_openings_the_one_that_holds_longest_is_named() -> None:
    short, long = opening("a", until=NOW + timedelta(hours=1)), opening("b", until=NOW + timedelta(hours=2))

    assert opened([long, short], "", [], [], NOW) is long
    assert opened([long, opening("c"), short], "", [], [], NOW) == opening("c")


def test_a_refusal_tells_what_is_held() -> None:
    dollar, cent = Money(Decimal(1), "USD"), Money(Decimal("0.01"), "USD")

    said = str(BudgetExceeded("daily", dollar - cent, dollar, None, cent))

    assert said == (
        "the budget daily is used up: $0.99 of $1.00 spent and $0.01 held for requests whose cost is not known yet; "
        "it does not reopen by itself"
    )
