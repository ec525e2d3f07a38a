"""Connections to the ledger's file, set up alike everywhere."""

import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from monitor.core.errors import LedgerError
from monitor.ledger.versions import check_ours, migrate

# Strict tables, and JSON wherever it is built.
_OLDEST_SQLITE = (3, 38, 0)
# A write takes microseconds, so whoever waits for another's looks again soon. SQLite's own waiting sleeps for longer
# with each try, up to a tenth of a second, and the unlucky one of eight processes waits for most of one. Sooner than
# this, most looks of eight processes are in vain.
_SHORTEST_NAP, _LONGEST_NAP = 0.0002, 0.001
# The log beside the file is folded into it by `upkeep`, out of the caller's way. This is for when that cannot run.
_MOST_PAGES_OF_LOG = 40_000
# A write touches seven pages, each of which goes to the log whole: half of SQLite's usual size is measurably faster.
_PAGE_SIZE = 2_048

_T = TypeVar("_T")


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Return a connection to the ledger at its newest version; the file and its folder are made where there are none.

    It does not wait while another writes: `patiently` does. A kill of the process loses nothing that was committed;
    only a power cut may lose the last moments (`synchronous = NORMAL`).

    Raises:
        sqlite3.Error, OSError: it cannot be opened now, or is no ledger.
    """
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise sqlite3.OperationalError(f"SQLite {sqlite3.sqlite_version} is too old: it takes 3.38 or newer")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        check_ours(connection)
        connection.execute(f"PRAGMA page_size = {_PAGE_SIZE}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_MOST_PAGES_OF_LOG}")
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def patiently(operation: Callable[[], _T], patience: float) -> _T:
    """Return what `operation` does, tried again for up to `patience` seconds while another process writes.

    Raises:
        sqlite3.Error, BlockingIOError: the file was locked for all that time, or whatever else is wrong with it.
    """
    deadline = None
    while True:
        try:
            return operation()
        except (sqlite3.OperationalError, BlockingIOError) as error:
            if not is_busy(error):
                raise
            now = time.monotonic()
            deadline = now + patience if deadline is None else deadline
            if now >= deadline:
                raise
        time.sleep(random.uniform(_SHORTEST_NAP, _LONGEST_NAP))  # noqa: S311 - so that two do not wake as one.


def is_busy(error: Exception) -> bool:
    """Tell whether the file is well, and only locked by somebody else now."""
    return isinstance(error, BlockingIOError) or getattr(error, "sqlite_errorcode", 0) & 0xFF in (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
    )


def is_of_the_file(error: Exception) -> bool:
    """Tell whether the file is locked, full, read-only or damaged; else the error is of the one record."""
    return isinstance(error, sqlite3.OperationalError | OSError | LedgerError) or type(error) is sqlite3.DatabaseError
