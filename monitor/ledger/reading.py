"""The ledger as its readers see it."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

from monitor.core.errors import LedgerError
from monitor.ledger.connection import is_busy, open_for_writing
from monitor.ledger.journal import Journal
from monitor.ledger.ledger import Ledger
from monitor.ledger.versions import check_ours, is_older

# How many steps of its machine SQLite goes before it is asked whether there is still time: less than a millisecond.
_STEPS = 10_000


@contextmanager
def reading(path: Path, within: timedelta | None = None) -> Iterator[sqlite3.Connection]:
    """Give a connection that sees one state of the ledger for as long as it is held, and changes nothing in it.

    First what waits in the journal is taken in, and a file of a former version is brought to this one.

    Raises:
        LedgerError: there is no ledger, it cannot be read, or not `within` that time; or what waits in its journal can
            never be taken in as things are: sums without it would look like all there is.
    """
    if not Journal(path).is_empty:
        _take_in(path)
    if not path.is_file():
        raise LedgerError(f"there is no ledger at {path}")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=5, isolation_level=None, uri=True)
        try:
            check_ours(connection)
            if is_older(connection):
                open_for_writing(path).close()
            if within is not None:
                deadline = time.monotonic() + within.total_seconds()
                connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
            connection.execute("BEGIN")
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        if within is not None and getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT:
            raise LedgerError(f"the ledger at {path} takes longer than {within.total_seconds():g} s to read") from error
        raise LedgerError(f"the ledger at {path} cannot be read: {error}") from error


def _take_in(path: Path) -> None:
    """Bring the journal into the tables; while another process writes, the next look does."""
    try:
        with closing(Ledger(path)) as ledger, ledger.transaction():
            pass
    except LedgerError as error:
        if not (isinstance(error.__cause__, Exception) and is_busy(error.__cause__)):
            raise
