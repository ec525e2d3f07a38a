"""What is written down first, and taken into the tables later: by anybody, once, and whatever happens between."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.money import Money
from monitor.core.spending.usage import Usage
from monitor.core.windows import FOREVER
from monitor.ledger import journal as module
from monitor.ledger.connection import open_for_writing
from monitor.ledger.journal import Journal
from monitor.ledger.ledger import Ledger
from monitor.ledger.losses import lost
from monitor.ledger.reading import reading
from monitor.ledger.record import RequestRecord
from monitor.ledger.rows import Row, row_of
from monitor.ledger.sums import breakdown
from tests.ledger.requests import NOON, request

COUNTS = st.integers(0, 10**9)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
RECORDS = st.builds(
    RequestRecord,
    request_id=TEXTS.filter(bool),
    at=st.integers(0, 10**9).map(lambda seconds: NOON + timedelta(seconds=seconds, microseconds=seconds % 1_000_000)),
    provider=TEXTS,
    model=TEXTS,
    usage=st.builds(Usage, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS),
    cost=st.none() | st.builds(Money.of_nano, COUNTS, st.sampled_from(["USD", "CNY"])),
    status=st.sampled_from(["ok", "429", "line\nbreak"]),
    latency=st.none() | st.timedeltas(timedelta(), timedelta(hours=1)),
    project=TEXTS,
    tags=st.lists(TEXTS, max_size=3).map(tuple),
    estimated=st.booleans(),
    partial=st.booleans(),
    prompt_hash=st.none() | st.binary(min_size=16, max_size=16),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.sqlite3"
    open_for_writing(path).close()
    return path


def pending(path: Path) -> Path:
    return Path(f"{path}-pending")


def in_tables(path: Path) -> int:
    with reading(path) as connection:
        return sum(line.requests for line in breakdown(connection, FOREVER))


def taken(path: Path) -> list[Row]:
    journal = Journal(path)
    rows = journal.take(1)
    journal.give_back(emptied=True)
    journal.close()
    return rows


@settings(max_examples=100, deadline=None)
@given(st.lists(RECORDS, max_size=5))
def test_what_is_taken_is_what_was_written_to_the_last_digit(records: Sequence[RequestRecord]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite3"
        journal = Journal(path)
        for record in records:
            journal.append(row_of(record), 0)

        assert taken(path) == [row_of(record) for record in records]
        assert journal.is_empty
        journal.close()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=4), st.integers(0, 200))
def test_whatever_stands_there_the_whole_lines_are_taken_and_no_others(garbage: list[bytes], cut: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite3"
        journal = Journal(path)
        journal.append(row_of(request(1)), 0)
        whole = pending(path).read_bytes()
        # As a power cut leaves it: the one before is cut short, or its place was never written.
        pending(path).write_bytes(b"\n".join(garbage) + whole[: min(cut, len(whole) - 1)])
        journal.append(row_of(request(2)), 0)

        assert taken(path) == [row_of(request(2))]
        journal.close()


def test_who_reads_takes_in_what_a_killed_process_has_left(path: Path) -> None:
    script = """
import os, signal, sys
from pathlib import Path
from monitor.ledger.ledger import Ledger
from tests.ledger.requests import request
ledger = Ledger(Path(sys.argv[1]))
assert all(ledger.record(request(number)) for number in range(3))
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", script, str(path)], check=False).returncode == -9
    assert pending(path).stat().st_size

    assert in_tables(path) == 3
    assert not pending(path).stat().st_size


def test_what_is_taken_twice_is_counted_once(path: Path) -> None:
    ledger = Ledger(path)
    assert ledger.flush()
    for number in range(5):
        ledger.record(request(number))
    again = pending(path).read_bytes()
    ledger.flush()
    # A kill between the commit and the emptying leaves both.
    pending(path).write_bytes(again)

    assert in_tables(path) == 5


def test_a_block_that_fails_leaves_the_journal_as_it_was(path: Path) -> None:
    ledger = Ledger(path)
    ledger.flush()
    for number in range(3):
        ledger.record(request(number))
    waiting = pending(path).read_bytes()

    with pytest.raises(RuntimeError), ledger.transaction():
        raise RuntimeError

    assert pending(path).read_bytes() == waiting
    assert ledger.record(request(3))
    assert in_tables(path) == 4


def test_a_line_that_no_table_can_hold_is_lost_once_however_often_taking_it_in_fails(path: Path) -> None:
    ledger = Ledger(path)
    assert all([ledger.record(request(1)), ledger.record(request(2, model=None))])
    for _ in range(3):
        with pytest.raises(RuntimeError), ledger.transaction():
            raise RuntimeError

    assert ledger.flush()
    with reading(path) as connection:
        assert (ledger.health.lost, lost(connection, FOREVER)) == (1, 1)


def test_a_transaction_knows_what_other_processes_recorded_before_it(path: Path) -> None:
    other, ledger = Ledger(path), Ledger(path)
    for number in range(3):
        other.record(request(number))

    with ledger.transaction() as connection:
        assert connection.execute("SELECT count(*) FROM request").fetchone() == (3,)


def test_a_journal_that_was_removed_is_followed_by_a_new_one(path: Path) -> None:
    ledger = Ledger(path)
    ledger.record(request(1))
    ledger.record(request(2))
    ledger.flush()
    pending(path).unlink()

    ledger.record(request(3))

    assert pending(path).stat().st_size
    assert in_tables(path) == 3


def test_who_names_a_link_to_the_ledger_means_the_same_journal(path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.sqlite3"
    link.symlink_to(path)
    ledger = Ledger(link)
    for number in range(3):
        ledger.record(request(number))

    assert in_tables(path) == 3
    assert list(link.parent.iterdir()) == [link]


def test_a_journal_that_is_too_long_takes_no_more_until_it_is_taken_in(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 500)
    journal = Journal(path)
    with pytest.raises(OSError, match="too many requests wait"):
        for number in range(5):
            journal.append(row_of(request(number)), 0)

    assert 0 < len(taken(path)) < 5
    journal.append(row_of(request(9)), 0)
    assert len(taken(path)) == 1


def test_a_journal_that_became_too_long_is_taken_in_as_soon_as_the_tables_can_be_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 5_000)
    ledger = Ledger(path, patience=0.01)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for number in range(50):
            ledger.record(request(number))
        assert 0 < ledger.health.waiting < 50

    assert ledger.flush()
    assert (ledger.health.waiting, ledger.health.lost, in_tables(path)) == (0, 0, 50)


def test_while_one_process_takes_another_waits_and_then_gives_up(path: Path) -> None:
    first, second = Journal(path), Journal(path)
    first.append(row_of(request(1)), 0)

    assert len(first.take(0)) == 1
    with pytest.raises(BlockingIOError, match="another process holds the journal"):
        second.append(row_of(request(2)), 0.01)
    assert second.take(0.01) == []
    first.give_back(emptied=True)

    second.append(row_of(request(2)), 0)
    assert taken(path) == [row_of(request(2))]
    first.close()
    second.close()


def test_where_the_system_locks_no_files_requests_go_into_the_tables_at_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "fcntl", None)

    assert Ledger(path).record(request(1))

    assert not pending(path).exists()
    assert in_tables(path) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_the_journal_belongs_to_whom_the_ledger_belongs_to(path: Path) -> None:
    os.chown(path, 65534, 65534)
    path.chmod(0o660)

    Ledger(path).record(request(1))

    status = pending(path).stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (65534, 65534, 0o660)
