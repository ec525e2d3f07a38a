"""`spend-monitor breaker`, as a shell runs it beside an application."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from monitor.__main__ import main
from monitor.core.errors import BudgetExceeded
from monitor.inapp.breaker import Breaker


@pytest.fixture(autouse=True)
def breaker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Breaker]:
    """The application's own, of the same environment as the command's."""
    monkeypatch.setenv("MONITOR_LEDGER", str(tmp_path / "ledger.sqlite3"))
    monkeypatch.setenv("MONITOR_MONTHLY_BUDGET", "1")
    monkeypatch.setenv("MONITOR_BUDGETS__ann__LIMIT", "0.5")
    monkeypatch.setenv("MONITOR_BUDGETS__ann__USER", "ann")
    monkeypatch.setenv("MONITOR_BUDGETS__ann__PERIOD", "total")
    breaker = Breaker.from_env()
    yield breaker
    breaker.ledger.close()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str, expected: int = 0) -> str:
        assert main(("breaker", *arguments)) == expected
        return capsys.readouterr().out

    return run


def spend(breaker: Breaker, amount: str, user: str = "") -> None:
    with breaker.reserve(Decimal(amount), user=user) as reservation:
        reservation.settle(Decimal(amount))


def is_refused(breaker: Breaker) -> bool:
    try:
        with breaker.reserve(Decimal("0.001")) as reservation:
            reservation.release()
    except BudgetExceeded:
        return True
    return False


def test_without_a_ledger_there_is_nothing_to_say(run: Any) -> None:
    assert run("status", expected=1) == ""


def test_it_tells_how_each_budget_stands(breaker: Breaker, run: Any) -> None:
    spend(breaker, "0.4", "ann")
    breaker.reserve(Decimal("0.25")).__enter__()

    text, document = run("status"), json.loads(run("status", "--json"))

    assert text.splitlines()[0] == document["circuit"] == "soft"
    monthly, ann = document["budgets"]
    assert (monthly["spent"], monthly["reserved"], monthly["limit"], monthly["state"]) == (
        "0.400000000",
        "0.250000000",
        "1",
        "closed",
    )
    assert (ann["ratio"], ann["state"], ann["reopens_at"], ann["window"]["end"]) == ("0.8000", "soft", None, None)
    assert "monthly  closed  $0.40  $0.25  $1.00  65% " in text


def test_a_budget_that_is_used_up_shows_as_open(breaker: Breaker, run: Any) -> None:
    spend(breaker, "1")

    assert json.loads(run("status", "--json"))["circuit"] == "open"


def test_opened_and_closed_by_hand(breaker: Breaker, run: Any) -> None:
    said = run("open", "--reason", "the key leaked", "--for", "1h")
    refused, shown = is_refused(breaker), run("status")
    document = json.loads(run("status", "--json"))

    closed = run("close")

    assert said.startswith("open until 20")
    assert (refused, is_refused(breaker)) == (True, False)
    assert "open for all programs, until 20" in shown
    assert "the key leaked" in shown
    assert [(one["name"], one["cause"]) for one in document["openings"]] == [("manual", "manual")]
    assert "1 of what held it open is ended\nclosed\n" in closed


def test_opened_without_a_time_it_says_that_somebody_must_close_it(run: Any) -> None:
    assert "until it is closed" in run("open")
    assert "until it is closed (manual): no reason" in run("status")
