"""The breaker: what a reservation takes in one process, in 64 threads and across 8 processes, and what gets through.

Beside it, in the same run, the naive way: open the ledger, add up the month's requests, compare, close.
"""

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median

from monitor.core.budgets import Budget, Scope
from monitor.core.errors import BudgetExceeded
from monitor.core.windows import Period, Window
from monitor.inapp.breaker import Breaker
from monitor.ledger.ledger import Ledger
from tests.benchmarks.rig import ROOT, folder, report
from tests.ledger.requests import request, usd

ROUNDS = 5_000
FORMER = 50_000
THREADS, PROCESSES = 64, 8
# Each of the many pauses for about so long before and after a request: as a worker that has much to do, and as one that
# has so little that the processor's caches have forgotten all of it.
PAUSES_SECONDS = (0.005, 0.02)
BUDGETS = (
    Budget("monthly", usd("1000000")),
    Budget("daily", usd("1000000"), Period.DAY),
    Budget("model", usd("1000000"), scope=Scope(model="gpt-4.1")),
)
COST = Decimal("0.001")
ASK = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "What is the weather in Paris?"}] * 20}
WORKER = """
import json, logging, sys
from pathlib import Path
from tests.benchmarks.breaker import guarded, spend
logging.disable()
guard = guarded(Path(sys.argv[1]), sys.argv[2])
guard.standings()
print("ready", flush=True)
sys.stdin.readline()
print(json.dumps(spend(guard, int(sys.argv[3]), float(sys.argv[4]))))
"""


def main() -> None:
    with folder() as place:
        in_one_process(place / "ledger.sqlite3")
    with folder() as place:
        in_many_threads(place / "ledger.sqlite3")
    for pause in PAUSES_SECONDS:
        with folder() as place:
            across_processes(place / "ledger.sqlite3", pause)
    with folder() as place:
        at_full_speed(place / "ledger.sqlite3")


def guarded(path: Path, limit: str) -> Breaker:
    return Breaker(Ledger(path), [replace(budget, limit=usd(limit)) for budget in BUDGETS])


def spend(guard: Breaker, rounds: int, pause: float) -> list[float]:
    """Reserve and settle; return what each reservation took, in microseconds; the last one is not, if refused."""
    taken = []
    rng = random.Random(os.getpid())  # noqa: S311 - for pauses, not for secrets.
    try:
        for _ in range(rounds):
            if pause:
                write_request()
            reservation = guard.reserve(COST, model="gpt-4.1", provider="openai")
            began = time.perf_counter()
            reservation.__enter__()
            taken.append((time.perf_counter() - began) * 1e6)
            if pause:
                time.sleep(rng.uniform(0, 2 * pause))
            reservation.settle(COST)
            if pause:
                time.sleep(rng.uniform(0, 2 * pause))
    except BudgetExceeded:
        pass
    return taken


def write_request() -> None:
    """Do what any client does before it sends: after a pause, the first thing that a processor does is slow."""
    for _ in range(20):
        json.dumps(ASK)


def in_one_process(path: Path) -> None:
    ledger, now = Ledger(path, patience=60), datetime.now(UTC)
    with ledger.transaction() as connection:
        for number in range(FORMER):
            at = now - timedelta(days=20) * number / FORMER
            ledger.insert(connection, request(number, at=at, request_id=f"former-{number}"))
    guard = guarded(path, "1000000")
    began = time.perf_counter()
    guard.standings()
    print(f"the first look at {FORMER} requests and three budgets: {(time.perf_counter() - began) * 1e3:.1f} ms")
    taken = spend(guard, ROUNDS, 0)
    month = Period.MONTH.window(now, UTC)
    naive = [timed(lambda: naive_check(path, month)) for _ in range(50)]
    print(f"naive way (open, add up, compare, close): {median(naive):.0f} us, {median(naive) / median(taken):.0f} x")
    said("check and reservation in one process", taken, 50)
    held = [guard.reserve(COST, model="gpt-4.1") for _ in range(ROUNDS)]
    for reservation in held:
        reservation.__enter__()
    said(f"release, while {ROUNDS} are held", [timed(reservation.release) for reservation in held], 50)


def in_many_threads(path: Path) -> None:
    guard = guarded(path, "1000000")
    guard.standings()
    each = ROUNDS // THREADS
    with ThreadPoolExecutor(THREADS) as pool:
        began = time.perf_counter()
        list(pool.map(lambda _: hold_many(guard, each), range(THREADS)))
        took = (time.perf_counter() - began) * 1e6 / (each * THREADS)
    report(f"{THREADS} threads at full speed, time for each reservation", took, 50, "us")


def hold_many(guard: Breaker, rounds: int) -> None:
    for _ in range(rounds):
        guard.reserve(COST, model="gpt-4.1", provider="openai").__enter__()


def across_processes(path: Path, pause: float) -> None:
    bare = bare_transactions(path.with_name("bare.sqlite3"), pause)
    alone = in_processes(1, path, "1000000", 100, pause)
    taken = in_processes(PROCESSES, path, "1000000", 100, pause)
    print(f"a bare transaction of SQLite in the same pauses, and nothing else: {median(bare):.0f} us")
    print(f"one process that pauses as the many do: {median(alone):.0f} us")
    said(f"{PROCESSES} processes, {PROCESSES / (2 * pause):.0f} requests a second in all", taken, 200)
    print(f"so the others cost {median(taken) - median(alone):.0f} us")


def bare_transactions(path: Path, pause: float) -> list[float]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("CREATE TABLE held (id INTEGER PRIMARY KEY, amount INTEGER)")

        def transaction() -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("SELECT sum(amount) FROM held WHERE id > 0").fetchone()
            connection.execute("INSERT OR REPLACE INTO held VALUES (1, 2)")
            connection.execute("COMMIT")

        taken = []
        for _ in range(100):
            write_request()
            taken.append(timed(transaction))
            time.sleep(pause)
    return taken


def at_full_speed(path: Path) -> None:
    taken = in_processes(PROCESSES, path, "5", 10_000, 0)
    with closing(sqlite3.connect(path)) as connection:
        (spent,) = connection.execute("SELECT sum(cost) FROM request").fetchone()
        (left,) = connection.execute("SELECT count(*) FROM reservation").fetchone()
    said(f"{PROCESSES} processes at full speed, {len(taken)} requests, {left} still held", taken, 200)
    report("beyond a budget of 5,000 such requests", (spent - 5_000_000_000) / 1e6, 1, "requests")
    print(f"left of it when all were refused: {max(5_000_000_000 - spent, 0) / 1e6:g} requests")


def in_processes(count: int, path: Path, limit: str, rounds: int, pause: float) -> list[float]:
    Ledger(path).record(request(0, cost=None))
    command = [sys.executable, "-c", WORKER, str(path), limit, str(rounds), str(pause)]
    workers = [
        subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(count)
    ]
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    # All are up, and none waits for the imports of another.
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return [one for worker in workers for one in json.loads(worker.communicate()[0])]


def naive_check(path: Path, window: Window) -> None:
    with closing(sqlite3.connect(path)) as connection:
        start = int(window.start.timestamp() * 1e6)
        connection.execute("SELECT sum(cost) FROM request WHERE at >= ?", (start,)).fetchone()


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1e6


def said(what: str, taken: Sequence[float], goal: float) -> None:
    ordered = sorted(taken)
    print(f"{what}: 99 of 100 within {ordered[len(ordered) * 99 // 100]:.0f} us")
    report(f"{what}, median", median(ordered), goal, "us")


if __name__ == "__main__":
    main()
