"""One connection to the ledger's file, set up alike everywhere."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.core.errors import LedgerError
from monitor.ledger.schema import migrate


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Return a connection to the ledger at its newest version; the file and its folder are made where there are none.

    It never waits for another process: who holds it waits as long as that may take. A kill of the process loses
    nothing that was committed; only a power cut may lose the last moments (`synchronous=NORMAL`).

    Raises:
        sqlite3.Error, OSError: it cannot be opened, or is no ledger.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection that sees one state of the ledger for as long as it is held, and changes nothing.

    Raises:
        LedgerError: there is no ledger, or it cannot be read.
    """
    if not path.is_file():
        raise LedgerError(f"there is no ledger at {path}")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=5, isolation_level=None, uri=True)
        try:
            connection.execute("BEGIN")
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise LedgerError(f"the ledger at {path} cannot be read: {error}") from error
