"""What a ledger needs now and then, done beside the program's work: its log folded in, its oldest requests dropped."""

import sqlite3
from datetime import datetime
from pathlib import Path

from monitor.ledger.sums import micros

# Short enough for nobody to wait for: a few milliseconds of writing.
CHUNK = 1_000


def upkeep(path: Path, before: datetime) -> None:
    """Fold the write-ahead log into the file, and drop some of the requests of before `before`.

    Raises:
        sqlite3.Error: the file is in use or unwell; the next upkeep does what this one did not.
    """
    # A file that was moved away is not made anew here.
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", timeout=0.1, isolation_level=None, uri=True)
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
        drop(connection, before)
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    finally:
        connection.close()


def drop(connection: sqlite3.Connection, before: datetime, most: int = CHUNK) -> int:
    """Drop the oldest single requests of before `before`, at most `most`; return how many.

    The roll-ups keep what they counted. A request that is said again after this is counted again.
    """
    old = micros(before)
    if connection.execute("SELECT 1 FROM request WHERE at < ? LIMIT 1", (old,)).fetchone() is None:
        return 0  # Not even a moment of the writer's lock is taken for nothing.
    return connection.execute(
        "DELETE FROM request WHERE (at, request_id) IN "
        "(SELECT at, request_id FROM request WHERE at < ? ORDER BY at, request_id LIMIT ?)",
        (old, most),
    ).rowcount
