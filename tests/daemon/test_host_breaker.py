"""The daemon opens the breakers of its machine in an emergency on a budget, and closes them when it is over."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from monitor.core.alerting.alerts import Alert, Rule, Stage
from monitor.core.budgets import Budget, Scope, Severity
from monitor.core.errors import BudgetExceeded, Cause
from monitor.core.windows import FOREVER, Period
from monitor.daemon.host_breaker import HostBreaker, wanted
from monitor.inapp.breaker import Breaker
from monitor.ledger.ledger import Ledger
from tests.inapp.breakers import breaker
from tests.ledger.requests import NOON, usd

ALERT = Alert(
    key="threshold:budget:monthly:2026-11",
    rule=Rule.THRESHOLD,
    subject="openai",
    severity=Severity.EMERGENCY,
    summary="openai: 95.5% of the monthly budget",
    since=NOON,
    window=Period.MONTH.window(NOON, UTC),
    about="budget:monthly",
)
MONTHLY = Budget("monthly", usd("100"))
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    yield ledger
    ledger.close()


def refusal(guard: Breaker, **words: str) -> BudgetExceeded | None:
    try:
        with guard.reserve(Decimal("0.01"), **words) as reservation:  # type: ignore[arg-type]
            reservation.release()
    except BudgetExceeded as refused:
        return refused
    return None


async def test_it_opens_and_closes_with_the_alert(ledger: Ledger) -> None:
    alerts = [ALERT]
    host, guard = HostBreaker(ledger, lambda: alerts), breaker(ledger, MONTHLY, settings={"follow_daemon": True})

    assert await host.follow()
    refused = refusal(guard)
    alerts[:] = [replace(ALERT, stage=Stage.RESOLVED)]
    assert await host.follow()

    assert refused is not None
    assert (refused.cause, refused.budget, refused.reopens_at) == (Cause.EMERGENCY, "monthly", DECEMBER)
    assert "95.5% of the monthly budget" in str(refused)
    assert refusal(guard) is None


async def test_a_program_that_does_not_follow_goes_on(ledger: Ledger) -> None:
    await HostBreaker(ledger, lambda: [ALERT]).follow()

    assert refusal(breaker(ledger, MONTHLY)) is None


async def test_only_what_the_budget_counts_is_refused(ledger: Ledger) -> None:
    search = replace(MONTHLY, scope=Scope(project="search"))
    guard = breaker(ledger, search, settings={"follow_daemon": True})

    await HostBreaker(ledger, lambda: [ALERT]).follow()

    assert refusal(guard, project="search") is not None
    assert refusal(guard, project="chat") is None


async def test_a_breaker_that_a_person_closed_stays_closed(ledger: Ledger) -> None:
    alerts = [ALERT]
    host, guard = HostBreaker(ledger, lambda: alerts), breaker(ledger, MONTHLY, settings={"follow_daemon": True})
    await host.follow()
    guard.close()

    alerts[:] = [replace(ALERT, summary="openai: 96.0% of the monthly budget")]
    await host.follow()
    alerts.append(replace(ALERT, key="threshold:budget:daily", about="budget:daily"))
    await host.follow()

    guard = breaker(ledger, MONTHLY, Budget("daily", usd("9")), settings={"follow_daemon": True})
    refused = refusal(guard)
    assert refused is not None
    assert refused.budget == "daily"


async def test_a_new_daemon_takes_over_what_the_last_had_opened(ledger: Ledger) -> None:
    await HostBreaker(ledger, lambda: [ALERT]).follow()

    await HostBreaker(ledger, list).follow()

    assert refusal(breaker(ledger, MONTHLY, settings={"follow_daemon": True})) is None


async def test_a_ledger_that_cannot_be_reached_is_tried_again(tmp_path: Path) -> None:
    place = tmp_path / "ledger.sqlite3"
    place.write_text("no ledger " * 200)
    ledger = Ledger(place, look_every=0)
    host = HostBreaker(ledger, lambda: [ALERT])
    before = await host.follow()

    place.unlink()

    assert (before, await host.follow()) == (False, True)
    ledger.close()


async def test_it_follows_when_it_is_woken(ledger: Ledger) -> None:
    alerts = [ALERT]
    asked = asyncio.Event()

    def tell() -> list[Alert]:
        asked.set()
        return alerts

    host = HostBreaker(ledger, tell)
    loop = asyncio.create_task(host.run())
    host.wake()
    await asyncio.wait_for(asked.wait(), 10)

    # What it began to write is there when the next look has nothing to do.
    while not await host.follow():
        pass

    assert refusal(breaker(ledger, MONTHLY, settings={"follow_daemon": True})) is not None
    loop.cancel()


@pytest.mark.parametrize(
    "alert",
    [
        replace(ALERT, severity=Severity.CRITICAL),
        replace(ALERT, stage=Stage.PENDING),
        replace(ALERT, about="source:openai"),
    ],
)
def test_nothing_else_opens_it(alert: Alert) -> None:
    assert wanted([alert]) == {}


def test_a_person_who_knows_has_not_ended_the_emergency() -> None:
    assert set(wanted([replace(ALERT, stage=Stage.ACKNOWLEDGED)])) == {"emergency:monthly"}


def test_of_a_total_budget_there_is_no_end() -> None:
    (opening,) = wanted([replace(ALERT, window=FOREVER)]).values()

    assert opening.until is None
