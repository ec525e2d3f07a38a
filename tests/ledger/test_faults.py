"""Real faults of a real file: the call goes on, the record waits, and what is lost is said with its count."""

import logging
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import gettempdir

import pytest

from monitor.core.errors import LedgerError
from monitor.core.windows import FOREVER, Window
from monitor.ledger.connection import open_for_writing
from monitor.ledger.journal import Journal
from monitor.ledger.ledger import Ledger
from monitor.ledger.losses import lost
from monitor.ledger.reading import reading
from monitor.ledger.rows import row_of
from monitor.ledger.sums import breakdown, spent
from tests.ledger.requests import NOON, request, usd


def counted(path: Path) -> int:
    with reading(path) as connection:
        return sum(line.requests for line in breakdown(connection, FOREVER))


def becomes(true: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.005)
    return true()


LOCK_TABLES = "c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE')"
LOCK_JOURNAL = "f = open(sys.argv[1] + '-pending', 'ab'); fcntl.flock(f, fcntl.LOCK_EX)"


def locked(path: Path) -> AbstractContextManager[None]:
    """Hold the lock of who writes the tables."""
    return held(path, LOCK_TABLES)


def unwritable(path: Path) -> AbstractContextManager[None]:
    """Hold the journal too, as a process does that was stopped in the middle of its work."""
    return held(path, f"{LOCK_TABLES}; {LOCK_JOURNAL}")


@contextmanager
def held(path: Path, lock: str) -> Iterator[None]:
    """Hold locks from a process of its own, as another program would."""
    script = f"import fcntl, sqlite3, sys; {lock}; print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdin
        assert process.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            process.stdin.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.sqlite3"
    open_for_writing(path).close()
    return path


def test_while_another_program_holds_the_tables_requests_wait_in_the_journal_and_none_is_lost_by_a_kill(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger(path, patience=0.01)
    with locked(path), caplog.at_level(logging.WARNING, "monitor.ledger"):
        assert [ledger.record(request(number)) for number in range(1_000)] == [True] * 1_000
        assert ledger.health.waiting == 0
        assert "locked" in str(ledger.health.error)
    assert [record.message.partition(":")[0] for record in caplog.records] == ["requests wait in the journal"]

    assert counted(path) == 1_000, "whoever reads takes them in"
    assert ledger.flush()
    assert ledger.record(request(1_000))
    assert ledger.flush()
    assert (ledger.health.error, counted(path)) == (None, 1_001)


def test_while_nothing_can_be_written_records_wait_in_memory_and_then_are_written(path: Path) -> None:
    ledger = Ledger(path, patience=0.01)
    with unwritable(path):
        assert [ledger.record(request(number)) for number in range(20)] == [False] * 20
        assert ledger.health.waiting == 20
        assert "holds the journal" in str(ledger.health.error)

    assert becomes(lambda: ledger.health.error is None)
    assert (ledger.health.waiting, ledger.health.lost, counted(path)) == (0, 0, 20)
    assert ledger.record(request(20))


@pytest.mark.parametrize("fault", [locked, unwritable])
def test_only_the_first_call_waits_for_a_locked_file(
    path: Path, fault: Callable[[Path], AbstractContextManager[None]]
) -> None:
    ledger = Ledger(path, patience=0.5)
    with fault(path):
        ledger.record(request(1))
        began = time.monotonic()
        for number in range(600):
            ledger.record(request(number))

        assert time.monotonic() - began < 0.5, "all calls together take less than the patience of one"


def test_a_transaction_on_a_locked_file_is_refused_and_may_be_tried_again(path: Path) -> None:
    ledger = Ledger(path, patience=0.01)
    with locked(path), pytest.raises(LedgerError, match="locked"), ledger.transaction():
        raise AssertionError("the block must not run")

    with ledger.transaction() as connection:
        ledger.insert(connection, request())
    assert counted(path) == 1


def test_memory_is_bounded_and_what_is_lost_is_counted_and_said_once(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger(path, patience=0.01, most_waiting=5)
    with unwritable(path), caplog.at_level(logging.WARNING, "monitor.ledger"):
        for number in range(20):
            ledger.record(request(number))

        assert (ledger.health.waiting, ledger.health.lost) == (5, 15)
    assert [record.levelname for record in caplog.records][:2] == ["WARNING", "ERROR"]
    assert sum("lost" in record.message and record.levelname == "ERROR" for record in caplog.records) == 1
    assert becomes(lambda: counted(path) == 5)


def test_what_was_lost_is_said_in_the_ledger_once_it_can_be_written(path: Path) -> None:
    ledger = Ledger(path, patience=0.01, most_waiting=5)
    with unwritable(path):
        for number in range(20):
            ledger.record(request(number))

    assert becomes(ledger.flush)
    ledger.record(request(20))
    ledger.close()

    with reading(path) as connection:
        assert lost(connection, FOREVER) == 15
        assert lost(connection, Window(NOON - timedelta(days=800), NOON - timedelta(days=400))) == 0


@pytest.mark.parametrize("fault", [locked, unwritable])
def test_a_log_handler_may_itself_record_a_request(
    path: Path, fault: Callable[[Path], AbstractContextManager[None]]
) -> None:
    said: list[str] = []

    class Recorder(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())
            ledger.record(request(100))

    ledger, handler = Ledger(path, patience=0.01), Recorder()
    logging.getLogger("monitor.ledger").addHandler(handler)
    try:
        with fault(path):
            ledger.record(request(1))
            assert len(said) == 1
        ledger.close()
        ledger.record(request(2))
        assert "written again" in said[1]
        assert len(said) == 2
    finally:
        logging.getLogger("monitor.ledger").removeHandler(handler)

    assert becomes(lambda: counted(path) == 3)


def test_what_still_waits_at_the_end_is_lost_and_said(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ledger = Ledger(path, patience=0.01)
    with unwritable(path), caplog.at_level(logging.ERROR, "monitor.ledger"):
        ledger.record(request())
        ledger.close()

    assert (ledger.health.waiting, ledger.health.lost) == (0, 1)
    assert "records lost: 1" in caplog.text


@pytest.mark.parametrize("damage", [b"no database at all " * 300, b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_damaged_file_is_left_as_it_is_until_a_person_moves_it_away(path: Path, damage: bytes) -> None:
    path.write_bytes(damage)
    ledger = Ledger(path, patience=0.01)

    assert ledger.record(request(1))
    assert ledger.record(request(2))
    assert not ledger.flush()
    assert path.read_bytes() == damage

    path.rename(path.with_suffix(".damaged"))
    assert ledger.flush()
    assert (ledger.health.error, counted(path)) == (None, 2)


def test_damage_while_it_is_open_breaks_no_call(path: Path) -> None:
    ledger = Ledger(path, patience=0.01)
    ledger.record(request(1))
    with path.open("r+b") as file:
        file.write(b"\xff" * 100_000)
    Path(f"{path}-wal").write_bytes(b"\xff" * 10_000)

    said = [ledger.record(request(number)) for number in range(2, 50)]
    health = ledger.health

    assert said.count(False) == health.waiting
    assert health.lost == 0


def test_a_file_that_is_moved_away_while_open_is_followed_by_a_new_one(path: Path) -> None:
    ledger = Ledger(path, look_every=0)
    ledger.record(request(1))
    ledger.flush()
    aside = path.with_name("aside.sqlite3")
    path.rename(aside)
    for end in ("-wal", "-shm"):
        Path(f"{path}{end}").rename(f"{aside}{end}")

    ledger.record(request(2))
    ledger.record(request(3))

    assert counted(path) == 2
    assert counted(aside) == 1


def test_the_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    ledger = Ledger(tmp_path / "file" / "ledger.sqlite3")

    assert not ledger.record(request())
    assert ledger.health.waiting == 1
    ledger.close()


def test_a_full_disk_loses_nothing_that_was_said_to_be_written(path: Path) -> None:
    script = """
import resource, sys
from pathlib import Path
from monitor.ledger.ledger import Ledger
from tests.ledger.requests import request
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
ledger = Ledger(Path(sys.argv[1]), patience=0.01)
said = sum(ledger.record(request(number)) for number in range(5_000))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(said, ledger.flush(), ledger.health.lost)
"""
    said, flushed, lost = _run(script, path).split()

    assert 0 < int(said) < 5_000
    assert (flushed, lost) == ("True", "0")
    assert counted(path) == 5_000


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_file_that_may_not_be_written(path: Path) -> None:
    script = """
import os, sys
from pathlib import Path
from monitor.ledger.ledger import Ledger
from tests.ledger.requests import request
os.seteuid(65534)
ledger = Ledger(Path(sys.argv[1]))
print(ledger.record(request()), ledger.health.waiting, "Permission" in str(ledger.health.error))
os.seteuid(0)
print(ledger.flush())
"""
    for folder in path.parents:
        if folder.is_relative_to(gettempdir()) and str(folder) != gettempdir():
            folder.chmod(0o755)
    path.chmod(0o444)

    assert _run(script, path).split() == ["False", "1", "True", "True"]
    assert counted(path) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_who_may_not_take_the_journal_in_is_told_so_and_gets_no_sums_without_it(path: Path) -> None:
    script = """
import os, sys
from pathlib import Path
from monitor.core.errors import LedgerError
from monitor.ledger.reading import reading
os.seteuid(65534)
try:
    with reading(Path(sys.argv[1])):
        print("read")
except LedgerError as error:
    print(error)
"""
    Ledger(path).write([request(1), request(2)])
    Journal(path).append(row_of(request(3)), 1)
    for folder in path.parents:
        if folder.is_relative_to(gettempdir()) and str(folder) != gettempdir():
            folder.chmod(0o755)
    path.parent.chmod(0o777)
    for file in path.parent.iterdir():
        file.chmod(0o644 if file.name.endswith("-pending") else 0o666)

    assert "Permission denied" in _run(script, path)
    assert counted(path) == 3


def test_sixty_four_threads_share_one_connection(path: Path) -> None:
    ledger = Ledger(path)
    numbers = iter(range(64))

    def work() -> None:
        first = next(numbers) * 100
        for number in range(20):
            ledger.record(request(first + number))

    threads = [threading.Thread(target=work) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counted(path) == 64 * 20
    assert ledger.health.error is None


def test_a_child_that_was_forked_writes_through_a_file_of_its_own(path: Path) -> None:
    script = """
import os, sys
from pathlib import Path
from monitor.ledger.ledger import Ledger
from tests.ledger.requests import request
ledger = Ledger(Path(sys.argv[1]), patience=5)
assert ledger.record(request(0))
children = []
for child in range(1, 5):
    pid = os.fork()
    if not pid:
        written = [ledger.record(request(child * 100 + number)) for number in range(50)]
        os._exit(0 if all(written) else 1)
    children.append(pid)
    assert ledger.record(request(child * 1000))
print([os.waitpid(pid, 0)[1] for pid in children])
"""
    assert _run(script, path) == "[0, 0, 0, 0]"

    assert counted(path) == 1 + 4 * 51
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_fork_inside_a_transaction_harms_neither_the_parent_nor_the_file(path: Path) -> None:
    script = """
import os, sys
from pathlib import Path
from monitor.ledger.ledger import Ledger
from tests.ledger.requests import request
ledger = Ledger(Path(sys.argv[1]), patience=0.01)
with ledger.transaction() as connection:
    ledger.insert(connection, request(1))
    pid = os.fork()
    if not pid:
        os._exit(ledger.record(request(2)))
    child = os.waitpid(pid, 0)[1]
print(child, ledger.record(request(3)))
"""
    # To SQLite the child holds its parent's lock for ever: what it records waits in the journal.
    assert _run(script, path) == "256 True"
    assert counted(path) == 3
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_ledgers_that_are_made_while_another_thread_forks_leave_the_others_unlocked(path: Path) -> None:
    script = """
import os, sys, threading
from pathlib import Path
made = []
# What is registered first is called last: they are made after the ledger has looked which there are.
os.register_at_fork(before=lambda: made.extend(Ledger(Path(sys.argv[1])) for _ in range(20)))
from monitor.ledger.ledger import Ledger
from tests.ledger.requests import request
ledger = Ledger(Path(sys.argv[1]))
pid = os.fork()
if not pid:
    os._exit(0 if all(one.record(request(number)) for number, one in enumerate((*made, ledger))) else 1)
child = os.waitpid(pid, 0)[1]
others = [threading.Thread(target=one.record, args=(request(99),), daemon=True) for one in (*made, ledger)]
for other in others:
    other.start()
for other in others:
    other.join(5)
print(child, any(other.is_alive() for other in others))
"""
    assert _run(script, path) == "0 False"
    assert counted(path) == 22


def test_a_closed_ledger_that_could_not_be_written_goes_on_when_it_can(path: Path) -> None:
    ledger = Ledger(path, patience=0.01)
    with unwritable(path):
        ledger.record(request(1))
        ledger.close()

    assert ledger.record(request(2))
    assert (counted(path), ledger.health.lost, ledger.health.waiting) == (1, 1, 0)


def test_what_waits_at_a_fork_is_written_by_the_parent_alone(path: Path) -> None:
    script = """
import fcntl, os, sys
from pathlib import Path
from monitor.ledger.ledger import Ledger
from tests.ledger.requests import request
ledger = Ledger(Path(sys.argv[1]), patience=0.01)
holder = open(sys.argv[1] + "-pending", "ab")
fcntl.flock(holder, fcntl.LOCK_EX)
ledger.record(request(1))
pid = os.fork()
if not pid:
    os._exit(ledger.health.waiting)
print(os.waitpid(pid, 0)[1], ledger.health.waiting)
fcntl.flock(holder, fcntl.LOCK_UN)
ledger.close()
"""
    assert _run(script, path) == "0 1"
    assert counted(path) == 1


def test_upkeep_drops_what_is_old_and_keeps_its_sums(path: Path) -> None:
    Ledger(path).write([request(number, at=NOON - timedelta(days=4_000)) for number in range(999)])

    Ledger(path, keep=timedelta(days=30)).record(request(999, at=datetime.now(UTC)))

    def kept() -> int:
        with reading(path) as connection:
            return int(connection.execute("SELECT count(*) FROM request").fetchone()[0])

    assert becomes(lambda: kept() == 1)
    assert counted(path) == 1_000


def test_upkeep_goes_on_where_others_take_in_all_that_an_application_records(path: Path) -> None:
    ledger = Ledger(path, keep=timedelta(days=30))
    ledger.record(request(0))
    ledger.close()
    for number in range(1, 1_101):
        ledger.record(request(number, at=NOON - timedelta(days=4_000)))
        if number % 50 == 0:
            counted(path)
    ledger.close()

    with reading(path) as connection:
        assert connection.execute("SELECT count(*) FROM request").fetchone()[0] < 1_101


def test_a_kill_keeps_every_record_whose_call_returned(path: Path) -> None:
    script = """
import itertools, os, sys
from pathlib import Path
from monitor.ledger.ledger import Ledger
from tests.ledger.requests import request
ledger = Ledger(Path(sys.argv[1]))
for number in itertools.count():
    if ledger.record(request(number)):
        os.write(1, b"%d\\n" % number)
"""
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout
        returned = [process.stdout.readline() for _ in range(300)]
        process.kill()
        returned += process.stdout.readlines()

    numbers = {int(line) for line in returned if line.endswith(b"\n")}
    with reading(path) as connection:
        kept = {int(name.removeprefix("chatcmpl-")) for (name,) in connection.execute("SELECT request_id FROM request")}
        rolled = breakdown(connection, FOREVER)[0].requests
        cost = spent(connection, FOREVER)
    assert len(numbers) >= 300
    assert numbers <= kept
    assert rolled == len(kept), "the sums and the rows are never apart"
    assert cost.amount == usd("0.0045").amount * len(kept)


def _run(script: str, path: Path) -> str:
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.replace("\n", " ").strip()
