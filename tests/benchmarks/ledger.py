"""The ledger: one record against the naive way, a million rows, eight processes that are killed while they write."""

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from monitor.core.windows import Period, Window
from monitor.ledger.ledger import Ledger
from monitor.ledger.reading import reading
from monitor.ledger.record import RequestRecord
from monitor.ledger.sums import Dimension, breakdown, spent
from tests.benchmarks.rig import ROOT, folder, report
from tests.ledger.requests import request, usd

ROWS = 1_000_000
RECORDS = 10_000
PROCESSES = 8
RNG = random.Random(5)  # noqa: S311 - for times of kills, not for secrets.
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
NAIVE_TABLE = """
CREATE TABLE IF NOT EXISTS api_usage (
    id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT, model TEXT, input_tokens INTEGER, output_tokens INTEGER,
    total_tokens INTEGER, cost REAL, response_time REAL, status TEXT, request_id TEXT
)
"""
WRITER = """
import itertools, os, sys
from pathlib import Path
from monitor.ledger.ledger import Ledger
from tests.ledger.requests import request
ledger = Ledger(Path(sys.argv[1]))
noted = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
for number in range(int(sys.argv[3]), int(sys.argv[4])):
    if ledger.record(request(number)):
        os.write(noted, b"%d\\n" % number)
while not ledger.flush():
    pass
"""


def main() -> None:
    with folder() as place:
        one_record(place)
    with folder() as place:
        a_million_rows(place / "ledger.sqlite3")
    with folder() as place:
        killed_writers(place)


def records(count: int) -> Iterator[RequestRecord]:
    """Yield requests over thirty days: ten models, five projects, three keys."""
    for number in range(count):
        yield replace(
            request(number),
            request_id=f"chatcmpl-{RNG.getrandbits(96):024x}",
            at=NOW - timedelta(days=30) * (count - number) / count,
            model=f"model-{number % 10}",
            project=f"project-{number % 7 % 5}",
            key=f"key-{number % 3}",
            cost=usd(f"0.{number % 100_000:09d}"),
        )


def one_record(place: Path) -> None:
    ours, naive = [], []
    ledger = Ledger(place / "ledger.sqlite3")
    for record in records(RECORDS):
        ours.append(timed(lambda record=record: ledger.record(record)))  # type: ignore[misc]
        if len(ours) % 20 == 0:
            naive.append(timed(lambda record=record: naive_way(place / "naive.sqlite3", record)))  # type: ignore[misc]
    ours.sort()
    print(
        f"naive way (open, insert, commit, close): {median(naive) * 1e6:.0f} us, {median(naive) / median(ours):.0f} x"
    )
    report("one record, median", median(ours) * 1e6, 50, "us")
    report("one record, 99 of 100", ours[len(ours) * 99 // 100] * 1e6, 1000, "us")


def naive_way(path: Path, record: RequestRecord) -> None:
    usage, cost = record.usage, record.cost
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(NAIVE_TABLE)
        connection.execute(
            "INSERT INTO api_usage (timestamp, model, input_tokens, output_tokens, total_tokens, cost, response_time, "
            "status, request_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                record.at.isoformat(),
                record.model,
                usage.input_tokens,
                usage.output_tokens,
                usage.total_tokens,
                float(cost.amount) if cost else 0.0,
                0.8,
                record.status,
                record.request_id,
            ),
        )
        connection.commit()


def a_million_rows(path: Path) -> None:
    ledger = Ledger(path, patience=60)
    batch: list[RequestRecord] = []
    for record in records(ROWS):
        batch.append(record)
        if len(batch) == 10_000:
            with ledger.transaction() as connection:
                for entry in batch:
                    ledger.insert(connection, entry)
            batch.clear()
    ledger.close()
    month, thirty = Period.MONTH.window(NOW, UTC), Window(NOW - timedelta(days=30), NOW)
    with reading(path) as connection:
        rows = connection.execute("SELECT count(*) FROM request").fetchone()[0]
        total = best(lambda: spent(connection, month))
        of_a_project = best(lambda: spent(connection, month, project="project-1"))
        models = best(lambda: breakdown(connection, thirty, Dimension.MODEL))
        naive = best(lambda: connection.execute("SELECT sum(cost) FROM request WHERE at >= 0").fetchone(), 3)
    print(f"{rows} rows, {path.stat().st_size / 2**20:.0f} MiB; summing the single rows takes {naive * 1e3:.0f} ms")
    print(f"the month of one project: {of_a_project * 1e3:.2f} ms")
    report("the month's total", total * 1e3, 1, "ms")
    report("thirty days by model", models * 1e3, 50, "ms")


def killed_writers(place: Path) -> None:
    path = place / "ledger.sqlite3"
    Ledger(path).record(request(10**9))
    began, kills = time.monotonic(), 0
    slots = [Slot(place, path, number) for number in range(PROCESSES)]
    while any(not slot.done for slot in slots):
        time.sleep(RNG.uniform(0.05, 0.25))
        running = [slot for slot in slots if not slot.done]
        if running and kills < 40:
            kills += RNG.choice(running).kill()
        for slot in running:
            slot.go_on()
    noted = {int(line) for slot in slots for line in slot.noted.read_bytes().split()}
    with reading(path) as connection:
        kept = {int(name.removeprefix("chatcmpl-")) for (name,) in connection.execute("SELECT request_id FROM request")}
        (line,) = breakdown(connection, Window(NOW - timedelta(days=1), NOW + timedelta(days=1)))
        whole = connection.execute("PRAGMA integrity_check").fetchone()[0]
    print(
        f"{PROCESSES} processes, {len(noted)} records in {time.monotonic() - began:.1f} s, {kills} kills; "
        f"in the file at once: {len(noted) / PROCESSES / RECORDS:.1%}; integrity: {whole}; "
        f"the sums count {line.requests} of {len(kept)} rows"
    )
    report("records whose call returned and that are not there", len(noted - kept), 0.5, "records")


class Slot:
    """One of the writers; a killed one is followed by another that goes on behind what was noted."""

    def __init__(self, place: Path, path: Path, number: int) -> None:
        self.noted = place / f"noted-{number}"
        self.noted.touch()
        self._path = path
        self._first, self._end = number * RECORDS, (number + 1) * RECORDS
        self._process = self._start(self._first)

    @property
    def done(self) -> bool:
        return self._process.poll() == 0

    def kill(self) -> bool:
        if self._process.poll() is not None:
            return False
        self._process.kill()
        self._process.wait()
        return True

    def go_on(self) -> None:
        code = self._process.poll()
        if code:
            noted = self.noted.read_bytes().split()
            self._process = self._start(int(noted[-1]) + 1 if noted else self._first)

    def _start(self, first: int) -> subprocess.Popen[bytes]:
        arguments = [str(self._path), str(self.noted), str(first), str(self._end)]
        return subprocess.Popen([sys.executable, "-c", WRITER, *arguments], cwd=ROOT, env={**os.environ})


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def best(act: Callable[[], object], rounds: int = 20) -> float:
    return median(timed(act) for _ in range(rounds))


if __name__ == "__main__":
    main()
