"""The breaker refuses the next request before the money is gone, and only then."""

import asyncio
import logging
import pickle
import sqlite3
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from monitor.core.breaker import Circuit, Standing
from monitor.core.budgets import Budget, Scope
from monitor.core.errors import BudgetExceeded, Cause
from monitor.core.money import Money
from monitor.core.rates import Rates
from monitor.core.windows import FOREVER, Period
from monitor.inapp.breaker import Breaker
from monitor.ledger.ledger import Ledger
from monitor.ledger.reading import reading
from monitor.ledger.sums import breakdown, spent
from monitor.prices.book import PriceBook
from tests.inapp.breakers import DAILY, MIDNIGHT, MINUTE, Clock, breaker
from tests.ledger.requests import NOON, request, usd


def spend(one: Breaker, amount: str, **words: str) -> None:
    with one.reserve(Decimal(amount), **words) as reservation:  # type: ignore[arg-type]
        reservation.settle(Decimal(amount))


def is_refused(one: Breaker, estimate: str = "0.01", **words: str) -> bool:
    try:
        with one.reserve(Decimal(estimate), **words) as reservation:  # type: ignore[arg-type]
            reservation.release()
    except BudgetExceeded:
        return True
    return False


def test_while_anything_is_left_a_request_passes(tmp_path: Path) -> None:
    guard = breaker(tmp_path)
    spend(guard, "0.999999999")

    assert not is_refused(guard, "0.50")


def test_a_budget_that_is_used_up_refuses(tmp_path: Path) -> None:
    guard = breaker(tmp_path)
    spend(guard, "1")

    with pytest.raises(BudgetExceeded) as refused, guard.reserve(Decimal("0.01")):
        pytest.fail("it was let through")

    error = refused.value
    assert (error.budget, error.spent, error.limit, error.reopens_at) == ("daily", usd("1"), usd("1"), MIDNIGHT)
    assert str(error) == ("the budget daily is used up: $1.00 of $1.00 spent; it reopens at 2026-11-26 00:00:00 UTC")


def test_a_refusal_can_be_sent_to_another_process(tmp_path: Path) -> None:
    guard = breaker(tmp_path)
    spend(guard, "1")

    with pytest.raises(BudgetExceeded) as refused, guard.reserve(Decimal("0.01")):
        pass

    copy = pickle.loads(pickle.dumps(refused.value))  # noqa: S301 - our own.
    assert (str(copy), copy.reopens_at) == (str(refused.value), MIDNIGHT)


def test_what_is_held_counts_until_it_is_settled(tmp_path: Path) -> None:
    guard = breaker(tmp_path)

    with guard.reserve(Decimal(1)) as reservation:
        assert is_refused(guard)
        reservation.settle(Decimal("0.1"))
        assert not is_refused(guard)

    assert guard.standings()[0].spent == usd("0.1")


def test_a_block_that_raises_gives_the_money_back(tmp_path: Path) -> None:
    guard = breaker(tmp_path)

    with pytest.raises(ZeroDivisionError), guard.reserve(Decimal(1)):
        raise ZeroDivisionError

    assert guard.standings()[0].ratio == 0


def test_a_block_that_settles_and_then_raises_has_spent(tmp_path: Path) -> None:
    guard = breaker(tmp_path)

    with pytest.raises(ZeroDivisionError), guard.reserve(Decimal(1)) as reservation:
        reservation.settle(Decimal("0.25"))
        raise ZeroDivisionError

    assert guard.standings()[0].spent == usd("0.25")


def test_a_block_that_ends_well_without_a_word_stands_for_its_estimate(tmp_path: Path) -> None:
    guard = breaker(tmp_path)

    with guard.reserve(Decimal("0.25"), model="gpt-4.1", provider="openai", project="search", tags=("a",)):
        pass

    with reading(guard.ledger.path) as connection:
        (line,) = breakdown(connection, FOREVER)
        assert spent(connection, FOREVER, model="gpt-4.1", project="search", tag="a") == usd("0.25")
    assert (line.requests, line.estimated, guard.standings()[0].reserved) == (1, 1, usd("0"))


def test_what_a_tracker_has_recorded_is_counted_once(tmp_path: Path) -> None:
    guard = breaker(tmp_path)

    with guard.reserve(Decimal(1)) as reservation:
        guard.ledger.record(request(at=NOON, cost=usd("0.25")))
        reservation.settle(usd("0.25"), recorded=True)

    assert guard.standings()[0].spent == usd("0.25")


def test_the_estimate_stands_where_the_recorded_cost_is_unknown(tmp_path: Path) -> None:
    clock = Clock()
    guard = breaker(tmp_path, clock=clock)

    with guard.reserve(Decimal(1)) as reservation:
        guard.ledger.record(request(at=NOON, cost=None))
        reservation.settle(None, recorded=True)
    clock.now += timedelta(hours=1)

    assert is_refused(guard)


def test_what_others_record_counts_at_once(tmp_path: Path) -> None:
    guard = breaker(tmp_path)
    assert not is_refused(guard)

    Ledger(tmp_path / "ledger.sqlite3").record(request(at=NOON, cost=usd("1")))

    assert is_refused(guard)


def test_a_correction_of_a_record_counts_at_once(tmp_path: Path) -> None:
    guard = breaker(tmp_path)
    guard.ledger.record(request(at=NOON, cost=usd("1")))
    assert is_refused(guard)

    guard.ledger.record(request(at=NOON, cost=usd("0.5")))

    assert not is_refused(guard)


def test_it_reopens_when_the_window_ends(tmp_path: Path) -> None:
    clock = Clock()
    guard = breaker(tmp_path, clock=clock)
    spend(guard, "1")

    clock.now = MIDNIGHT - timedelta(microseconds=1)
    before = is_refused(guard)
    clock.now = MIDNIGHT

    assert (before, is_refused(guard)) == (True, False)


@pytest.mark.parametrize("period", [period for period in Period if period is not Period.TOTAL])
def test_every_period_has_an_end(tmp_path: Path, period: Period) -> None:
    guard = breaker(tmp_path, Budget("some", usd("1"), period))
    spend(guard, "1")

    with pytest.raises(BudgetExceeded) as refused, guard.reserve(Decimal("0.01")):
        pass

    assert refused.value.reopens_at == period.window(NOON, MIDNIGHT.tzinfo).end  # type: ignore[arg-type]


def test_a_total_budget_does_not_reopen_by_itself(tmp_path: Path) -> None:
    guard = breaker(tmp_path, Budget("trial", usd("1"), Period.TOTAL))
    spend(guard, "1")

    with pytest.raises(BudgetExceeded, match="does not reopen by itself") as refused, guard.reserve(Decimal("0.01")):
        pass

    assert refused.value.reopens_at is None


def test_of_several_budgets_the_one_that_reopens_last_is_named(tmp_path: Path) -> None:
    guard = breaker(tmp_path, DAILY, Budget("monthly", usd("1")), Budget("hourly", usd("1"), Period.HOUR))
    spend(guard, "1")

    with pytest.raises(BudgetExceeded) as refused, guard.reserve(Decimal("0.01")):
        pass

    assert refused.value.budget == "monthly"


@pytest.mark.parametrize(
    ("scope", "words", "others"),
    [
        (Scope(model="gpt-4.1"), {"model": "gpt-4.1-2025-04-14"}, {"model": "gpt-4.1-mini"}),
        (Scope(project="search"), {"project": "search"}, {"project": "chat"}),
        (Scope(user="ann"), {"user": "ann"}, {"user": "bob"}),
        (Scope(key="ci"), {"key": "ci"}, {"key": "prod"}),
        (Scope(tag="nightly"), {"tags": ("a", "nightly")}, {"tags": ("a",)}),
        (Scope(source="openai"), {"provider": "openai"}, {"provider": "anthropic"}),
    ],
)
def test_a_budget_refuses_only_what_it_counts(
    tmp_path: Path, scope: Scope, words: dict[str, str], others: dict[str, str]
) -> None:
    guard = breaker(tmp_path, Budget("some", usd("1"), scope=scope))
    spend(guard, "5", **others)
    assert not is_refused(guard, **words)

    spend(guard, "1", **words)

    assert (is_refused(guard, **words), is_refused(guard, **others)) == (True, False)


def test_the_zone_says_when_a_day_ends(tmp_path: Path) -> None:
    from zoneinfo import ZoneInfo

    guard = breaker(tmp_path, zone=ZoneInfo("Asia/Kolkata"))
    guard.ledger.record(request(1, at=NOON.replace(hour=18, minute=29) - timedelta(days=1), cost=usd("9")))
    guard.ledger.record(request(2, at=NOON.replace(hour=18, minute=30) - timedelta(days=1), cost=usd("0.25")))

    assert guard.standings()[0].spent == usd("0.25")


def test_another_currency_counts_at_its_rate(tmp_path: Path) -> None:
    guard = breaker(tmp_path, rates=Rates({"CNY": usd("0.14")}))

    with guard.reserve(Money(Decimal(5), "CNY")) as reservation:
        held = guard.standings()[0].reserved
        reservation.settle(Money(Decimal(4), "CNY"))

    assert (held, guard.standings()[0].spent) == (usd("0.70"), usd("0.56"))


def test_free_requests_pass_whatever_was_spent(tmp_path: Path) -> None:
    guard = breaker(tmp_path)
    spend(guard, "1")

    with guard.reserve(Decimal(0)) as reservation:
        reservation.settle(Decimal(0))

    assert guard.standings()[0].spent == usd("1")


def test_a_model_without_a_price_is_not_free(tmp_path: Path) -> None:
    guard = breaker(tmp_path, prices=PriceBook())
    spend(guard, "1")

    with pytest.raises(BudgetExceeded), guard.reserve(model="nobody-knows-this-one"):
        pass


def test_an_estimate_is_learned_from_the_dearest_of_the_last(tmp_path: Path) -> None:
    former = Ledger(tmp_path / "ledger.sqlite3")
    former.record(request(1, at=NOON - MINUTE, model="gpt-4.1-2025-04-14", cost=usd("0.03")))
    former.record(request(2, at=NOON - MINUTE, model="gpt-4.1-mini", cost=usd("0.5")))
    guard = breaker(tmp_path)

    with guard.reserve(model="gpt-4.1", provider="openai") as reservation:
        first = reservation.estimate
        reservation.settle(Decimal("0.07"))
    with guard.reserve(model="gpt-4.1", provider="openai") as reservation:
        second = reservation.estimate

    assert (first, second) == (usd("0.03"), usd("0.07"))


def test_of_an_unknown_model_the_first_estimate_is_held(tmp_path: Path) -> None:
    guard = breaker(tmp_path, settings={"first_estimate": usd("0.4")})

    with guard.reserve(model="new") as reservation:
        assert reservation.estimate == usd("0.4")


def test_the_customer_is_asked_to_save_once_in_each_window(tmp_path: Path) -> None:
    clock = Clock()
    heard: list[Standing] = []
    guard = breaker(tmp_path, clock=clock, on_soft=heard.append)
    spend(guard, "0.79")
    with guard.reserve(Decimal("0.01")) as before:
        assert before.soft == ()

    for _ in range(3):
        with guard.reserve(Decimal("0.01")) as after:
            after.release()
            assert [standing.budget.name for standing in after.soft] == ["daily"]

    assert ([standing.spent for standing in heard], guard.circuit) == ([usd("0.80")], Circuit.SOFT)
    clock.now = MIDNIGHT
    spend(guard, "0.9")
    spend(guard, "0.01")
    assert len(heard) == 2


def test_an_error_in_the_customers_function_does_not_refuse(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: Standing) -> None:
        raise ZeroDivisionError

    guard = breaker(tmp_path, on_soft=fail)
    spend(guard, "0.9")

    assert not is_refused(guard)


def test_opened_by_hand_it_refuses_in_every_process_until_closed(tmp_path: Path) -> None:
    one, other = breaker(tmp_path), breaker(tmp_path)
    assert not is_refused(other)

    one.open("the keys leaked")
    with pytest.raises(BudgetExceeded, match="the keys leaked") as refused, other.reserve(Decimal("0.01")):
        pass
    circuit = other.circuit
    one.close()

    assert (refused.value.cause, refused.value.reopens_at, circuit) == (Cause.MANUAL, None, Circuit.OPEN)
    assert (is_refused(other), other.circuit) == (False, Circuit.CLOSED)


def test_opened_for_a_time_it_closes_by_itself(tmp_path: Path) -> None:
    clock = Clock()
    guard = breaker(tmp_path, clock=clock)
    guard.open("lunch", NOON + MINUTE)
    before = is_refused(guard)

    clock.now += MINUTE

    assert (before, is_refused(guard)) == (True, False)


def test_the_same_prompt_over_and_over_opens_it_for_a_while(tmp_path: Path) -> None:
    clock = Clock()
    guard = breaker(tmp_path, clock=clock, settings={"loop_repeats": 5})
    for _ in range(4):
        with guard.reserve(Decimal("0.001"), prompt_hash=b"same"):
            clock.now += MINUTE

    with (
        pytest.raises(BudgetExceeded, match="the same prompt 5 times within 10 min") as refused,
        guard.reserve(Decimal("0.001"), prompt_hash=b"same"),
    ):
        pass

    assert refused.value.cause is Cause.LOOP
    assert is_refused(guard)
    clock.now = refused.value.reopens_at or clock.now
    assert not is_refused(guard)


def test_a_loop_of_one_program_is_not_anothers(tmp_path: Path) -> None:
    looping = breaker(tmp_path, settings={"loop_repeats": 2, "program": "nightly"})
    other = breaker(tmp_path, settings={"program": "web"})

    for _ in range(2):
        try:
            with looping.reserve(Decimal("0.001"), prompt_hash=b"same"):
                pass
        except BudgetExceeded:
            break

    assert (is_refused(looping), is_refused(other)) == (True, False)


def test_money_of_a_killed_process_comes_back_when_it_expires(tmp_path: Path) -> None:
    clock = Clock()
    killed, guard = breaker(tmp_path, clock=clock), breaker(tmp_path, clock=clock)
    killed.reserve(Decimal(1)).__enter__()
    clock.now += timedelta(minutes=9, seconds=59)
    before = is_refused(guard)

    clock.now += timedelta(seconds=1)

    assert (before, is_refused(guard)) == (True, False)


def test_what_is_settled_after_it_expired_counts(tmp_path: Path) -> None:
    clock = Clock()
    guard = breaker(tmp_path, clock=clock)
    with guard.reserve(Decimal("0.5")) as late:
        clock.now += timedelta(minutes=11)
        assert guard.standings()
        assert not is_refused(guard)
        late.settle(Decimal(1))

    assert is_refused(guard)


async def test_it_works_in_tasks(tmp_path: Path) -> None:
    guard = breaker(tmp_path)

    async def ask() -> int:
        try:
            async with guard.reserve(Decimal("0.1")) as reservation:
                await asyncio.sleep(0)
                reservation.settle(Decimal("0.1"))
        except BudgetExceeded:
            return 0
        return 1

    passed = sum(await asyncio.gather(*(ask() for _ in range(64))))

    assert (passed, guard.standings()[0].spent) == (10, usd("1.0"))


async def test_a_cancelled_task_gives_the_money_back(tmp_path: Path) -> None:
    guard = breaker(tmp_path)

    async def ask() -> None:
        async with guard.reserve(Decimal("0.1")):
            await asyncio.Event().wait()

    task = asyncio.create_task(ask())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert guard.standings()[0].ratio == 0


@pytest.mark.parametrize("wrong", [Decimal(-1), Decimal("NaN"), Decimal("Infinity"), Decimal(10**6)])
def test_no_amount_is_taken_that_nothing_can_cost(tmp_path: Path, wrong: Decimal) -> None:
    guard = breaker(tmp_path)

    with pytest.raises(ValueError, match="no request costs"):
        guard.reserve(wrong)


def test_a_float_is_no_money(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="float"):
        breaker(tmp_path).reserve(0.1)  # type: ignore[arg-type]


def test_a_reservation_is_for_one_request(tmp_path: Path) -> None:
    reservation = breaker(tmp_path).reserve(Decimal("0.1"))
    with pytest.raises(RuntimeError, match="begins with its block"):
        reservation.settle(Decimal("0.1"))

    with reservation:
        pass

    with pytest.raises(RuntimeError, match="reserve anew"), reservation:
        pass


def test_a_second_settlement_changes_nothing(tmp_path: Path) -> None:
    guard = breaker(tmp_path)

    with guard.reserve(Decimal("0.1")) as reservation:
        reservation.settle(Decimal("0.2"))
        reservation.settle(Decimal("0.3"))
        reservation.release()

    assert guard.standings()[0].spent == usd("0.2")


# Blind.


def blind(place: Path, **more: object) -> Breaker:
    """Return a breaker whose ledger is no database."""
    (place / "ledger.sqlite3").write_text("this is no ledger, and it is long enough to be looked at " * 100)
    return breaker(place, **more)  # type: ignore[arg-type]


def test_blind_it_lets_requests_pass_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    guard = blind(tmp_path)

    with caplog.at_level(logging.WARNING, "monitor.breaker"):
        assert not is_refused(guard)
        spend(guard, "2")
        assert not is_refused(guard)

    (said,) = [record.message for record in caplog.records if record.name == "monitor.breaker"]
    assert "lets everything pass" in said
    guard.ledger.close()


def test_blind_it_refuses_where_that_was_chosen(tmp_path: Path) -> None:
    guard = blind(tmp_path, settings={"when_blind": "open"})

    with pytest.raises(BudgetExceeded) as refused, guard.reserve(Decimal("0.01")):
        pass

    assert refused.value.cause is Cause.BLIND


def test_blind_it_still_sees_a_loop(tmp_path: Path) -> None:
    guard = blind(tmp_path, settings={"loop_repeats": 3})
    for _ in range(2):
        with guard.reserve(Decimal("0.01"), prompt_hash=b"same") as reservation:
            reservation.release()

    with pytest.raises(BudgetExceeded) as refused, guard.reserve(Decimal("0.01"), prompt_hash=b"same"):
        pass

    assert refused.value.cause is Cause.LOOP


def test_a_ledger_that_is_replaced_is_counted_anew(tmp_path: Path) -> None:
    guard = breaker(Ledger(tmp_path / "ledger.sqlite3", look_every=0))
    spend(guard, "1")
    assert is_refused(guard)

    for file in tmp_path.iterdir():
        file.rename(tmp_path / f"old-{file.name}")

    assert not is_refused(guard)
    spend(guard, "0.25")
    assert guard.standings()[0].spent == usd("0.25")


def test_who_was_away_for_longer_than_movements_are_kept_counts_anew(tmp_path: Path) -> None:
    guard = breaker(tmp_path, Budget("daily", usd("100"), Period.DAY))
    spend(guard, "0.5")
    other = Ledger(tmp_path / "ledger.sqlite3")
    with other.transaction() as connection:
        for number in range(9_000):
            other.insert(connection, request(number, at=NOON, cost=usd("0.001")))

    assert guard.standings()[0].spent == usd("9.5")
    with other.transaction() as connection:
        assert count(connection, "movement") < 8_300


def count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
