"""Where a request is written first: one line at the end of a file beside the ledger, for all processes of the machine.

That is quicker than a transaction of the database, waits for none, and a kill of the process does not lose it. Whoever
next writes or reads the ledger takes the lines into its tables.
"""

import errno
import json
import logging
import os
from contextlib import suppress
from functools import partial
from pathlib import Path

from monitor.ledger.connection import patiently
from monitor.ledger.rows import WIDTH, Row

try:
    import fcntl
except ImportError:  # Not a Unix system: there, requests go into the tables at once.
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger("monitor.ledger")

# Some 100,000 requests: more wait only while the tables cannot be written for long.
MOST_BYTES = 16 * 1024 * 1024


class Journal:
    """The journal of one ledger, as one process has it open; threads take turns.

    An advisory lock of the system keeps processes apart; it ends with a process that is killed.
    """

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger
        # Beside the file itself and not beside a link to it, as SQLite does: whoever names either means the same.
        self._path = Path(f"{os.path.realpath(ledger)}-pending")
        self.is_possible = fcntl is not None
        self._file: int | None = None
        self._taken = False

    def append(self, row: Row, patience: float) -> int:
        """Write a request down, and return how many bytes the journal has now.

        Another process that holds it is waited for up to `patience` seconds.

        Raises:
            OSError: it could not be written, or has become too long.
            TypeError, ValueError: no text can hold the row.
        """
        # It begins with the line's end: what a power cut left of the one before stays by itself.
        line = f"\n{_ENCODER.encode(row)}".encode()
        file, length = self._lock(patience)
        try:
            if length + len(line) > MOST_BYTES:
                raise OSError(errno.EFBIG, "too many requests wait in the journal of the ledger", self._path)
            if os.write(file, line) < len(line):
                os.ftruncate(file, length)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self._path)
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
        return length + len(line)

    @property
    def is_empty(self) -> bool:
        try:
            return not self._path.stat().st_size
        except OSError:
            return True

    def take(self, patience: float) -> list[Row]:
        """Return all that is in it, and hold it until `give_back`: nobody else may take it in, or append.

        Where another process does not let it go within `patience` seconds, there is nothing to take now.

        Raises:
            OSError: it cannot be read.
        """
        if not self.is_possible:
            return []
        if self._file is None:
            self._file = self._open()
        status = os.fstat(self._file)
        if status.st_nlink and not status.st_size:
            return []
        try:
            file, length = self._lock(patience)
        except BlockingIOError:
            return []
        self._taken = True
        return _rows_in(os.pread(file, length, 0))

    def give_back(self, *, emptied: bool) -> None:
        """Let others append again; `emptied`: what was taken is in the tables for good."""
        if self._file is None or not self._taken:
            return
        self._taken = False
        try:
            if emptied:
                os.ftruncate(self._file, 0)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _lock(self, patience: float) -> tuple[int, int]:
        """Return the file that is there, locked, and its length: a person may have removed the one that was opened."""
        while True:
            if self._file is None:
                self._file = self._open()
            try:
                fcntl.flock(self._file, _AT_ONCE)
            except BlockingIOError:
                self._wait(self._file, patience)
            status = os.fstat(self._file)
            if status.st_nlink:
                return self._file, status.st_size
            self.close()

    def _wait(self, file: int, patience: float) -> None:
        try:
            patiently(partial(fcntl.flock, file, _AT_ONCE), patience)
        except BlockingIOError:
            raise BlockingIOError(errno.EAGAIN, "another process holds the journal", self._path) from None

    def _open(self) -> int:
        """Open the file; a new one is its owner's who owns the ledger, as SQLite does with the files beside it."""
        with suppress(FileNotFoundError):
            return os.open(self._path, os.O_RDWR | os.O_APPEND)
        self._ledger.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        with suppress(OSError):
            ledger = self._ledger.stat()
            os.fchmod(file, ledger.st_mode & 0o777)
            if os.geteuid() == 0:
                os.fchown(file, ledger.st_uid, ledger.st_gid)
        return file


_AT_ONCE = 0 if fcntl is None else fcntl.LOCK_EX | fcntl.LOCK_NB
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _rows_in(data: bytes) -> list[Row]:
    rows: list[Row] = []
    unreadable = 0
    for line in filter(None, data.split(b"\n")):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if isinstance(row, list) and len(row) == WIDTH:
            rows.append(tuple(row))
        else:
            unreadable += 1
    if unreadable:
        log.error("%d lines of the ledger's journal cannot be read, and are dropped", unreadable)
    return rows
