"""Guards within guards: a request is counted once, by the innermost, and nothing is held for it twice."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from monitor.core.budgets import Budget
from monitor.core.errors import BudgetExceeded
from monitor.core.money import Money
from monitor.inapp.breaker import Breaker
from monitor.inapp.retrying import retrying
from monitor.inapp.tracked import tracked
from monitor.inapp.tracker import Tracker
from tests.inapp.provider import chat
from tests.inapp.written import written

ANSWER = chat({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15})
COST = Money(Decimal("0.00006"), "USD")
ESTIMATE = Decimal("0.05")


class Failed(Exception):
    status_code = 503


@pytest.fixture
def breaker(tracker: Tracker) -> Breaker:
    return Breaker(tracker.ledger, [Budget("month", Money(Decimal("0.06"), "USD"))], prices=tracker.prices)


def of_month(breaker: Breaker) -> tuple[Money, Money]:
    """Return what is spent, and what is held."""
    (standing,) = breaker.standings()
    return standing.spent, standing.reserved


def guarded(breaker: Breaker, tracker: Tracker) -> Callable[[], Any]:
    return tracked(model="gpt-4.1", tracker=tracker, breaker=breaker)(lambda: ANSWER)


def recorded(_: Breaker, tracker: Tracker) -> Callable[[], Any]:
    return tracked(model="gpt-4.1", tracker=tracker)(lambda: ANSWER)


def by_hand(breaker: Breaker, _: Tracker) -> Callable[[], Any]:
    def ask() -> Any:
        with breaker.reserve(ESTIMATE, model="gpt-4.1", provider="openai") as reservation:
            reservation.settle(COST)
        return ANSWER

    return ask


INNER = pytest.mark.parametrize("inner", [guarded, recorded, by_hand])


@INNER
def test_a_call_that_is_tried_again_is_counted_once(tracker: Tracker, breaker: Breaker, inner: Any) -> None:
    ask = retrying(breaker=breaker, estimate=ESTIMATE)(inner(breaker, tracker))

    ask()

    assert [record.cost for record in written(tracker)] == [COST]
    assert of_month(breaker) == (COST, Money.zero("USD"))


@INNER
def test_so_is_one_within_a_tracked_function(tracker: Tracker, breaker: Breaker, inner: Any) -> None:
    @tracked(model="gpt-4.1", tracker=tracker, breaker=breaker)
    def ask() -> Any:
        return inner(breaker, tracker)()

    ask()

    assert [record.cost for record in written(tracker)] == [COST]
    assert of_month(breaker) == (COST, Money.zero("USD"))


def test_an_asynchronous_one_is_counted_once(tracker: Tracker, breaker: Breaker) -> None:
    @retrying(breaker=breaker, estimate=ESTIMATE)
    @tracked(model="gpt-4.1", tracker=tracker, breaker=breaker)
    async def ask() -> Any:
        return ANSWER

    asyncio.run(ask())

    assert of_month(breaker) == (COST, Money.zero("USD"))


def test_what_is_held_around_a_guard_is_no_reason_for_it_to_refuse(tracker: Tracker, breaker: Breaker) -> None:
    inner = guarded(breaker, tracker)
    ask = retrying(breaker=breaker, estimate=Decimal("0.06"))(inner)

    ask()

    assert len(written(tracker)) == 1


def test_each_attempt_is_counted_by_the_guard_within(tracker: Tracker, breaker: Breaker) -> None:
    failures = [Failed(), Failed()]

    @retrying(breaker=breaker, estimate=ESTIMATE, sleep=lambda _: None)
    @tracked(model="gpt-4.1", tracker=tracker, breaker=breaker)
    def ask() -> Any:
        if failures:
            raise failures.pop()
        return ANSWER

    ask()

    assert [record.status for record in written(tracker)] == ["503", "503", "ok"]
    assert of_month(breaker) == (COST, Money.zero("USD"))


def test_a_call_that_the_guard_within_refuses_costs_nothing(tracker: Tracker, breaker: Breaker) -> None:
    full = Breaker(tracker.ledger, [Budget("day", Money(Decimal("0.00001"), "USD"))], prices=tracker.prices)
    inner = guarded(full, tracker)
    inner()

    with pytest.raises(BudgetExceeded):
        retrying(breaker=breaker, estimate=ESTIMATE)(inner)()

    assert of_month(breaker) == (COST, Money.zero("USD"))


def test_what_is_held_in_another_ledger_stays_held(tracker: Tracker, breaker: Breaker, tmp_path: Any) -> None:
    elsewhere = Tracker(type(tracker.ledger)(tmp_path / "other.sqlite3"), tracker.prices, environ={})
    other = Breaker(elsewhere.ledger, breaker.budgets, prices=tracker.prices)
    held = []

    @retrying(breaker=other, estimate=ESTIMATE)
    def ask() -> None:
        with breaker.reserve(ESTIMATE):
            held.append(of_month(other)[1])

    ask()
    elsewhere.close()

    assert held == [Money(ESTIMATE, "USD")]


def test_an_attempt_without_a_guard_within_stands_for_its_estimate(tracker: Tracker, breaker: Breaker) -> None:
    @retrying(breaker=breaker, estimate=ESTIMATE)
    def ask() -> str:
        return "It is sunny."

    ask()

    assert of_month(breaker) == (Money(ESTIMATE, "USD"), Money.zero("USD"))
    assert [record.estimated for record in written(tracker)] == [True]
