"""What writes the ledger, in the customer's program: it never breaks a call, and never holds one up for long."""

import atexit
import logging
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Self

from monitor.core.errors import LedgerError
from monitor.core.parsing.durations import parse_duration
from monitor.ledger.backlog import Backlog, Health
from monitor.ledger.connection import is_of_the_file, open_for_writing, patiently
from monitor.ledger.place import ledger_file, variable
from monitor.ledger.record import RequestRecord
from monitor.ledger.rows import Rows
from monitor.ledger.upkeep import upkeep

log = logging.getLogger("monitor.ledger")

KEEP = timedelta(days=90)
# How many records until the log of the file is folded in: some megabytes of it.
_UPKEEP_EVERY = 1_000


class Ledger:
    """One file, and one connection for each process that any thread may use. It is opened at the first record.

    `keep` is how long single requests stay; their sums stay for ever. `patience` is how many seconds a call may wait
    while another process writes. `most_waiting` bounds the memory while the file cannot be written. `look_every` is
    after how many seconds it looks whether the file is still the one that was opened, and not moved away under us.
    """

    def __init__(
        self,
        path: Path,
        *,
        keep: timedelta = KEEP,
        patience: float = 0.25,
        most_waiting: int = 10_000,
        look_every: float = 1.0,
    ) -> None:
        self.path = path
        self._keep = keep
        self._patience = patience
        self._look_every = look_every
        self._backlog = Backlog(self._write_all, most_waiting)
        self._lock = threading.RLock()
        self._keeping = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._rows = Rows()
        self._opened: tuple[int, int] | None = None
        self._look_at = 0.0
        self._depth = 0
        self._since_upkeep = 0
        _LEDGERS.add(self)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Return the ledger that `MONITOR_LEDGER` or the state folder names, kept for `MONITOR_LEDGER_KEEP`.

        Raises:
            ValueError: a variable is wrong.
        """
        keep = variable(environ, "MONITOR_LEDGER_KEEP")
        return cls(ledger_file(environ), keep=parse_duration(keep) if keep else KEEP)

    def record(self, record: RequestRecord) -> bool:
        """Write it down; never raises. True: it is in the file, and a kill of this process does not lose it.

        False: it could not be written now. It waits in memory, and a thread writes it as soon as that works.
        """
        if self._backlog:
            self._backlog.put(record)
            return False
        try:
            with self._lock:
                patiently(partial(self._write, record), self._patience)
                self._count()
        except Exception as error:  # noqa: BLE001 - the customer's call goes on, whatever is wrong here.
            if is_of_the_file(error):
                self._close_connection()
                self._backlog.put(record, error)
            else:
                self._backlog.lose(1, error)
            return False
        return True

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside `BEGIN IMMEDIATE`, to be committed, or rolled back when the block raises.

        Keep it short: every writer of this file waits. One inside another is a part of that one.

        Raises:
            LedgerError: the file is locked, full, read-only or damaged. Nothing was written.
        """
        with self._lock:
            try:
                connection = patiently(self._begin, self._patience)
                if self._depth:
                    yield connection
                    return
                self._depth = 1
                try:
                    yield connection
                    connection.execute("COMMIT")
                finally:
                    self._depth = 0
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
            except (sqlite3.Error, OSError) as error:
                self._close_connection()
                raise LedgerError(f"the ledger at {self.path} cannot be written: {error}") from error

    def write(self, records: Sequence[RequestRecord]) -> Mapping[int, Exception]:
        """Write all of them as one; return what is wrong, by its place, with those that no ledger could ever hold.

        Raises:
            LedgerError: the file is locked, full, read-only or damaged. Nothing was written.
        """
        unfit: dict[int, Exception] = {}
        with self.transaction() as connection:
            for place, record in enumerate(records):
                try:
                    self.insert(connection, record)
                except Exception as error:
                    if is_of_the_file(error):
                        raise
                    unfit[place] = error
        return unfit

    def insert(self, connection: sqlite3.Connection, record: RequestRecord) -> None:
        """Write a record with the connection of `transaction`, as a part of it; raises sqlite3.Error."""
        self._rows.insert(connection, record)
        self._count()

    @property
    def health(self) -> Health:
        return self._backlog.health

    def flush(self) -> bool:
        """Try to write what waits; return whether nothing waits any more."""
        return self._backlog.flush()

    def close(self) -> None:
        """Write what waits, as far as that is possible now, and close the file. It opens again when it is used."""
        self._backlog.close()
        self._close_connection()

    def _write(self, record: RequestRecord) -> None:
        self._rows.insert(self._open(), record)

    def _write_all(self, records: Sequence[RequestRecord]) -> None:
        for error in self.write(records).values():
            self._backlog.lose(1, error)

    def _begin(self) -> sqlite3.Connection:
        connection = self._open()
        if not self._depth:
            connection.execute("BEGIN IMMEDIATE")
        return connection

    def _open(self) -> sqlite3.Connection:
        """Return the connection, to the file that is there now: a person may have moved a damaged one away."""
        if self._connection is not None and time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + self._look_every
            if not self._depth and _identity(self.path) != self._opened:
                self._close_connection()
        if self._connection is None:
            self._connection = open_for_writing(self.path)
            self._rows = Rows()
            self._opened = _identity(self.path)
            self._look_at = time.monotonic() + self._look_every
        return self._connection

    def _close_connection(self) -> None:
        """Close the file, to open it anew at the next use: whatever was wrong with it may be mended then."""
        with self._lock:
            if self._connection is not None and not self._depth:
                with suppress(sqlite3.Error):
                    self._connection.close()
                self._connection = None

    def _count(self) -> None:
        self._since_upkeep += 1
        if self._since_upkeep >= _UPKEEP_EVERY and not self._keeping.locked():
            self._since_upkeep = 0
            with suppress(RuntimeError):  # No thread starts while the interpreter ends.
                threading.Thread(target=self._upkeep, name="ledger-upkeep", daemon=True).start()

    def _upkeep(self) -> None:
        with self._keeping, suppress(sqlite3.Error):
            upkeep(self.path, datetime.now(UTC) - self._keep)

    def _before_fork(self) -> None:
        """Close the file: SQLite's locks do not survive a fork, not even those of a connection that is not used."""
        self._lock.acquire()
        self._keeping.acquire()
        self._close_connection()

    def _after_fork(self) -> None:
        self._keeping.release()
        self._lock.release()

    def _in_child(self) -> None:
        """Begin with nothing: what waits is the parent's to write, and a lock's holder may not be here."""
        if self._connection is not None:
            _INHERITED.append(self._connection)
        self._lock, self._keeping = threading.RLock(), threading.Lock()
        self._connection, self._depth = None, 0
        self._backlog = self._backlog.emptied()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


_LEDGERS: weakref.WeakSet[Ledger] = weakref.WeakSet()
# Connections of a parent that forked within a transaction: not even closing them is safe in the child.
_INHERITED: list[sqlite3.Connection] = []


def _each(act: str) -> None:
    for ledger in list(_LEDGERS):
        getattr(ledger, act)()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=partial(_each, "_before_fork"),
        after_in_parent=partial(_each, "_after_fork"),
        after_in_child=partial(_each, "_in_child"),
    )


def close_all() -> None:
    """Close every ledger of this process, as its end does."""
    _each("close")


atexit.register(close_all)
