"""Many threads, and many processes, against one budget: together they spend it, and not more."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from monitor.core.budgets import Budget
from monitor.core.errors import BudgetExceeded
from monitor.core.windows import Period
from monitor.inapp.breaker import Breaker
from monitor.ledger.ledger import Ledger
from tests.inapp.breakers import breaker
from tests.ledger.requests import usd

ROOT = Path(__file__).parents[2]
TOTAL = Budget("total", usd("1"), Period.TOTAL)
SPENDER = """
import sys
from decimal import Decimal
from monitor import Breaker, BudgetExceeded
breaker = Breaker.from_env()
passed = 0
try:
    while True:
        with breaker.reserve(Decimal("0.005")) as reservation:
            reservation.settle(Decimal("0.005"))
        passed += 1
except BudgetExceeded as refused:
    print(passed)
"""


def spend_all(guard: Breaker, cost: str) -> int:
    """Spend until refused; return how many requests passed."""
    passed = 0
    while True:
        try:
            with guard.reserve(Decimal(cost)) as reservation:
                reservation.settle(Decimal(cost))
        except BudgetExceeded:
            return passed
        passed += 1


def test_sixty_four_threads_spend_a_budget_to_its_end_and_no_more(tmp_path: Path) -> None:
    guard = breaker(tmp_path, TOTAL)

    with ThreadPoolExecutor(64) as pool:
        passed = sum(pool.map(lambda _: spend_all(guard, "0.001"), range(64)))

    assert (passed, guard.standings()[0].spent) == (1000, usd("1.000"))


def test_no_thread_passes_once_nothing_is_left_to_hold(tmp_path: Path) -> None:
    guard = breaker(tmp_path, TOTAL)
    held = [guard.reserve(Decimal("0.3")) for _ in range(64)]

    def enter(number: int) -> bool:
        try:
            held[number].__enter__()
        except BudgetExceeded:
            return False
        return True

    with ThreadPoolExecutor(64) as pool:
        passed = sum(pool.map(enter, range(64)))

    # 0.9 are held when the fourth passes, and with it nothing is left.
    assert (passed, guard.standings()[0].reserved) == (4, usd("1.2"))


def test_eight_processes_spend_a_budget_to_its_end_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    environment = {
        "MONITOR_LEDGER": str(path),
        "MONITOR_BUDGETS__all__LIMIT": "1",
        "MONITOR_BUDGETS__all__PERIOD": "total",
        "PYTHONPATH": str(ROOT),
    }

    command = [sys.executable, "-c", SPENDER]
    processes = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for _ in range(8)
    ]
    passed = [int(process.communicate()[0]) for process in processes]

    assert sum(passed) == 200
    guard = Breaker(Ledger(path), [TOTAL], clock=lambda: datetime.now(UTC))
    assert guard.standings()[0].spent == usd("1.000")
