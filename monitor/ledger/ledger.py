"""What writes the ledger, in the customer's program: it never breaks a call, and never holds one up for long."""

import logging
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from monitor.core.errors import LedgerError
from monitor.core.parsing.durations import parse_duration
from monitor.ledger.backlog import Backlog, Health
from monitor.ledger.connection import is_of_the_file, patiently
from monitor.ledger.journal import Journal
from monitor.ledger.losses import lose
from monitor.ledger.place import ledger_file, variable
from monitor.ledger.processes import remember
from monitor.ledger.record import RequestRecord
from monitor.ledger.rows import row_of
from monitor.ledger.tables import Tables
from monitor.ledger.upkeep import Upkeep

log = logging.getLogger("monitor.ledger")

KEEP = timedelta(days=90)
# So long is the journal when it is taken in: rarer than at one request of a hundred, so that this is not what the
# slowest of these wait for, and short enough for other processes to wait for.
_MOST_PENDING = 40_000
# To count each request for the upkeep would take as long as to look whether anything is wrong.
_COUNTED_EVERY = 50


class Ledger:
    """One file, and one connection for each process that any thread may use. It is opened at the first record.

    A request goes to the journal beside the file, and from there into the tables, with all that other processes have
    written there by then: as soon as it is long enough, and with whatever else is written or read.

    `keep` is how long single requests stay; their sums stay for ever. `patience` is how many seconds a call may wait
    while another process writes. `most_waiting` bounds the memory while nothing can be written. `look_every` is after
    how many seconds it looks whether the file is still the one that was opened, and not moved away under us.
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
        self._backlog = Backlog(self._append_all, most_waiting)
        self._begin_anew()
        remember(self)

    def _begin_anew(self) -> None:
        self._lock = threading.RLock()
        self._journal = Journal(self.path)
        self._tables = Tables(self.path, self._look_every)
        self._upkeep = Upkeep(self.path, self._keep)
        # The connection of the transaction that a thread is in, which then holds the lock.
        self._within: sqlite3.Connection | None = None
        # The first request opens the file, and takes in what a process that was killed has left.
        self._take_at, self._appended, self._uncounted = 0, False, 0
        self._said_lost = 0
        self._trouble: str | None = None

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Return the ledger that `MONITOR_LEDGER` or the state folder names, kept for `MONITOR_LEDGER_KEEP`.

        Raises:
            ValueError: a variable is wrong.
        """
        keep = variable(environ, "MONITOR_LEDGER_KEEP")
        return cls(ledger_file(environ), keep=parse_duration(keep) if keep else KEEP)

    def record(self, record: RequestRecord) -> bool:
        """Write it down; never raises. True: it is in a file, and a kill of this process does not lose it.

        False: it could not be written now. It waits in memory, and a thread writes it as soon as that works.
        """
        if self._backlog.error is not None:
            self._backlog.put(record)
            return False
        try:
            with self._lock:
                self._append(record)
        except Exception as error:  # noqa: BLE001 - the customer's call goes on, whatever is wrong here.
            if is_of_the_file(error):
                self._backlog.put(record, error)
            else:
                self._backlog.lose(1, error)
            return False
        return True

    @contextmanager
    def transaction(self, patience: float | None = None) -> Iterator[sqlite3.Connection]:
        """Give the connection inside `BEGIN IMMEDIATE`, to be committed, or rolled back when the block raises.

        All that was recorded before is in the tables by then. Keep it short: every writer of this file waits. One
        inside another is a part of that one. `patience` None: that of this ledger.

        Raises:
            LedgerError: the file is locked, full, read-only or damaged. Nothing was written.
        """
        with self._lock:
            if self._within is not None:
                yield self._within
                return
            patience = self._patience if patience is None else patience
            committed = False
            try:
                self._within = connection = patiently(self._tables.begin, patience)
                try:
                    unfit = self._tables.insert_all(connection, self._journal.take(patience))
                    if (lost := self._backlog.lost + len(unfit)) > self._said_lost:
                        lose(connection, datetime.now(UTC), lost - self._said_lost)
                    yield connection
                    connection.execute("COMMIT")
                    committed, self._appended, self._said_lost = True, False, lost
                finally:
                    self._within = None
                    if not committed:
                        self._tables.roll_back(connection)
                    self._journal.give_back(emptied=committed)
            except (sqlite3.Error, OSError) as error:
                self._tables.close()
                raise LedgerError(f"the ledger at {self.path} cannot be written: {error}") from error
            for why in unfit.values():
                self._backlog.lose(1, why)
            was, self._trouble = self._trouble, None
            if was is not None:
                log.warning("the ledger is written again")

    def write(self, records: Sequence[RequestRecord]) -> Mapping[int, Exception]:
        """Write all of them as one; return what is wrong, by its place, with those that no ledger could ever hold.

        Raises:
            LedgerError: the file is locked, full, read-only or damaged. Nothing was written.
        """
        with self.transaction() as connection:
            unfit = self._tables.insert_all(connection, [row_of(record) for record in records])
        self._upkeep.count(len(records))
        return unfit

    def insert(self, connection: sqlite3.Connection, record: RequestRecord) -> None:
        """Write a record with the connection of `transaction`, as a part of it; raises sqlite3.Error."""
        self._tables.insert(connection, row_of(record))
        self._upkeep.count()

    @property
    def health(self) -> Health:
        health = self._backlog.health
        return health if health.error else replace(health, error=self._trouble)

    def flush(self) -> bool:
        """Try to write what waits in memory and in the journal; return whether all of it is in the tables now."""
        flushed = self._backlog.flush()
        with self._lock:
            if not self._journal.is_empty:
                self._take_in()
            return self._journal.is_empty and flushed

    def close(self) -> None:
        """Write what waits, as far as that is possible now, and close the files. They open again when they are used."""
        self._backlog.close()
        with self._lock:
            if self._within is None:
                if self._appended or self._backlog.lost > self._said_lost:
                    self._take_in()
                self._tables.close()
                self._journal.close()
                self._take_at = 0
        self._upkeep.wait()

    def _append(self, record: RequestRecord) -> None:
        row = row_of(record)
        if self._within is not None or not self._journal.is_possible:
            with self.transaction() as connection:
                self._tables.insert(connection, row)
            return
        length = self._journal.append(row, self._patience)
        self._appended = True
        self._uncounted += 1
        if self._uncounted >= _COUNTED_EVERY or not self._take_at:
            self._upkeep.count(self._uncounted)
            self._uncounted = 0
        if length >= self._take_at:
            # Where that fails, it is not tried again with each request.
            self._take_at = _MOST_PENDING if self._take_in() else 2 * max(length, _MOST_PENDING)

    def _append_all(self, records: Sequence[RequestRecord]) -> None:
        with self._lock:
            if not self._journal.is_empty:
                self._take_in()  # It may be so long that it takes no more.
            for record in records:
                self._append(record)

    def _take_in(self) -> bool:
        """Bring the journal into the tables; where that cannot be done now, say so and leave it there."""
        try:
            with self.transaction(0 if self._trouble else self._patience):
                pass
        except LedgerError as error:
            was, self._trouble = self._trouble, str(error)
            if was is None:  # Said last: a handler may itself record a request, and come by here.
                log.warning("requests wait in the journal: %s", error)
            return False
        return True

    def before_fork(self) -> None:
        """Close the file: SQLite's locks do not survive a fork, not even those of a connection that is not used."""
        self._lock.acquire()
        self._upkeep.pause()
        if self._within is None:
            self._tables.close()

    def after_fork(self) -> None:
        self._upkeep.go_on()
        self._lock.release()

    def in_child(self) -> None:
        """Begin with nothing: what waits is the parent's to write, and a lock's holder may not be here."""
        self._tables.leave_to_parent()
        self._journal.close()  # The lock on it would be the parent's too.
        self._begin_anew()
        self._backlog = self._backlog.emptied()
