"""The tables of one ledger, as one process has them open: to the file that is there now."""

import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from monitor.ledger.connection import is_of_the_file, open_for_writing
from monitor.ledger.rows import Row, Rows

# Connections of a parent that forked within a transaction: not even closing them is safe in the child.
_INHERITED: list[sqlite3.Connection] = []


class Tables:
    """Opened at the first use, and anew where that is wanted; threads take turns.

    `look_every` is after how many seconds it looks whether the file is still the one that was opened.
    """

    def __init__(self, path: Path, look_every: float) -> None:
        self._path = path
        self._look_every = look_every
        self._look_at = 0.0
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None
        self._rows = Rows()

    def begin(self) -> sqlite3.Connection:
        """Return the connection in a transaction that no other writer is in.

        Raises:
            sqlite3.Error, OSError: the file is locked, or cannot be used.
        """
        connection = self._open()
        connection.execute("BEGIN IMMEDIATE")
        return connection

    def roll_back(self, connection: sqlite3.Connection) -> None:
        self._rows = Rows()  # The series that it knows may never have been.
        if connection.in_transaction:
            connection.execute("ROLLBACK")

    def insert(self, connection: sqlite3.Connection, row: Row) -> None:
        """Write a request; raises sqlite3.Error, and other errors where no database could ever hold it."""
        self._rows.insert(connection, row)

    def insert_all(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> Mapping[int, Exception]:
        """Return what is wrong with those that no database could ever hold, by their place."""
        unfit: dict[int, Exception] = {}
        for place, row in enumerate(rows):
            try:
                self._rows.insert(connection, row)
            except Exception as error:
                if is_of_the_file(error):
                    raise
                unfit[place] = error
        return unfit

    def close(self) -> None:
        """Close the file, to open it anew at the next use: whatever was wrong with it may be mended then."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def leave_to_parent(self) -> None:
        """Forget the file in a forked child, without a word to SQLite."""
        if self._connection is not None:
            _INHERITED.append(self._connection)
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        """Return the connection, to the file that is there now: a person may have moved a damaged one away."""
        now = time.monotonic()
        if self._connection is not None and now >= self._look_at:
            self._look_at = now + self._look_every
            if _identity(self._path) != self._opened:
                self.close()
        if self._connection is None:
            self._connection = open_for_writing(self._path)
            self._rows = Rows()
            self._opened = _identity(self._path)
            self._look_at = now + self._look_every
        return self._connection


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
