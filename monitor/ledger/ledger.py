"""What writes the ledger, in the customer's program: it never breaks a call, and never holds one up for long."""

import json
import logging
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from monitor.core.errors import LedgerError
from monitor.ledger.connection import open_for_writing
from monitor.ledger.place import ledger_file
from monitor.ledger.record import RequestRecord
from monitor.ledger.sums import micros

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """`waiting` records are in memory and not in the file yet; `lost` ones never will be. `error` None: all is well."""

    waiting: int
    lost: int
    error: str | None


class Ledger:
    """One file, one connection for each process; any thread may use it. Nothing is opened before the first record."""

    def __init__(self, path: Path, *, most_waiting: int = 10_000) -> None:
        self.path = path
        self._waiting: deque[RequestRecord] = deque()
        self._most_waiting = most_waiting
        self._lost = 0
        self._error: str | None = None
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._series: dict[tuple[str, ...], int] = {}

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Return the ledger that `MONITOR_LEDGER` or the state folder names.

        Raises:
            ValueError: it is to be in the home folder, and this user has none.
        """
        return cls(ledger_file(environ))

    def record(self, record: RequestRecord) -> bool:
        """Write it down; never raises. True: it is in the file, and a kill of this process does not lose it.

        False: it could not be written now, and waits in memory.
        """
        try:
            with self._lock:
                self.insert(self._open(), record)
        except (sqlite3.Error, OSError) as error:
            self._wait(record, error)
            return False
        return True

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside `BEGIN IMMEDIATE`, to be committed, or rolled back when the block raises.

        Keep it short: every writer of this file waits. A `record` inside becomes a part of it.

        Raises:
            LedgerError: the file is locked, full, read-only or damaged. Nothing was written.
        """
        with self._lock:
            try:
                connection = self._open()
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.execute("COMMIT")
                finally:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
            except (sqlite3.Error, OSError) as error:
                raise LedgerError(f"the ledger at {self.path} cannot be written: {error}") from error

    def insert(self, connection: sqlite3.Connection, record: RequestRecord) -> None:
        """Write a record with the connection of `transaction`, as a part of it; raises sqlite3.Error."""
        connection.execute(_INSERT, _row(record, self._series_of(connection, record)))

    @property
    def health(self) -> Health:
        return Health(len(self._waiting), self._lost, self._error)

    def flush(self) -> bool:
        """Try to write what waits; return whether nothing waits any more."""
        with self._lock:
            waiting, self._waiting = self._waiting, deque()
        for record in waiting:
            self.record(record)
        return not self._waiting

    def close(self) -> None:
        """Write what waits, as far as that is possible now, and close the file. It opens again when it is used."""
        self.flush()
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = open_for_writing(self.path)
        return self._connection

    def _wait(self, record: RequestRecord, error: Exception) -> None:
        with self._lock:
            self._error = str(error)
            if len(self._waiting) >= self._most_waiting:
                self._waiting.popleft()
                self._lost += 1
            self._waiting.append(record)

    def _series_of(self, connection: sqlite3.Connection, record: RequestRecord) -> int:
        tags = json.dumps(sorted(set(record.tags))) if record.tags else "[]"
        currency = record.cost.currency if record.cost else "USD"
        labels = (
            record.provider, record.model, record.project, record.user, record.key, tags, record.status, currency,
        )  # fmt: skip
        number = self._series.get(labels)
        if number is None:
            connection.execute(_NEW_SERIES, labels)
            number = int(connection.execute(_FIND_SERIES, labels).fetchone()[0])
            if not connection.in_transaction:  # What may yet be rolled back is not remembered.
                self._series[labels] = number
        return number


def _row(record: RequestRecord, series: int) -> tuple[object, ...]:
    usage = record.usage
    return (
        micros(record.at),
        record.request_id,
        series,
        usage.uncached_input_tokens,
        usage.cache_read_tokens,
        usage.cache_write_5m_tokens,
        usage.cache_write_1h_tokens,
        usage.output_tokens,
        usage.reasoning_tokens,
        None if record.cost is None else record.cost.nano,
        None if record.latency is None else round(record.latency.total_seconds() * 1_000_000),
        record.estimated + 2 * record.partial,
        record.prompt_hash,
    )


_LABELS = ("provider", "model", "project", "user", "key", "tags", "status", "currency")
_NEW_SERIES = (
    f"INSERT INTO series ({', '.join(_LABELS)}) VALUES ({', '.join('?' for _ in _LABELS)}) ON CONFLICT DO NOTHING"
)
_FIND_SERIES = f"SELECT id FROM series WHERE {' AND '.join(f'{label} = ?' for label in _LABELS)}"
_COLUMNS = (
    "at", "request_id", "series", "uncached_input_tokens", "cache_read_tokens", "cache_write_5m_tokens",
    "cache_write_1h_tokens", "output_tokens", "reasoning_tokens", "cost", "latency", "flags", "prompt_hash",
)  # fmt: skip
_INSERT = (
    f"INSERT INTO request ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' for _ in _COLUMNS)}) "
    f"ON CONFLICT (request_id) DO UPDATE SET {', '.join(f'{column} = excluded.{column}' for column in _COLUMNS)}"
)
