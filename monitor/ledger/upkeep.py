"""What a ledger needs now and then, done beside the program's work: its log folded in, its oldest requests dropped."""

import sqlite3
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.core.moments import micros

# Short enough for nobody to wait for: a few milliseconds of writing.
CHUNK = 1_000
# How many requests until the log of the file is folded in: some megabytes of it.
_EVERY = 1_000
# The end of a program waits no longer for it.
_LONGEST_SECONDS = 1.0


class Upkeep:
    """Counts the requests, and does its work in a thread; `keep` is for how long single requests stay."""

    def __init__(self, path: Path, keep: timedelta) -> None:
        self._path = path
        self._keep = keep
        # The first request starts it, so that programs that never run for long drop what is too old as well.
        self._since = _EVERY - 1
        self._running = threading.Lock()
        self._thread: threading.Thread | None = None

    def count(self, requests: int = 1) -> None:
        self._since += requests
        if self._since >= _EVERY and not self._running.locked():
            self._since = 0
            thread = threading.Thread(target=self._run, name="ledger-upkeep", daemon=True)
            with suppress(RuntimeError):  # No thread starts while the interpreter ends.
                thread.start()
                self._thread = thread

    def wait(self) -> None:
        """Let what is under way end, for a second at most."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(_LONGEST_SECONDS)

    def pause(self) -> None:
        """Keep it from the file until `go_on`."""
        self._running.acquire()

    def go_on(self) -> None:
        self._running.release()

    def _run(self) -> None:
        with self._running, suppress(sqlite3.Error):
            upkeep(self._path, datetime.now(UTC) - self._keep)


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
