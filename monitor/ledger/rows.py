"""A request as a row of the ledger, and the statements that write it."""

import json
import sqlite3
from collections.abc import Sequence
from functools import lru_cache

from monitor.core.moments import micros
from monitor.ledger.columns import TOKENS
from monitor.ledger.record import RequestRecord

_LABELS = ("provider", "model", "project", "user", "key", "tags", "status", "currency")
_COLUMNS = (
    "at",
    "request_id",
    "series",
    *TOKENS,
    "cost",
    "latency",
    "flags",
    "prompt_hash",
)
# A row is the labels and then the columns, all but the number of the series, which the file gives to the labels.
# Lines of the journal are such rows: who adds a column has to take in those of a former width too.
WIDTH = len(_LABELS) + len(_COLUMNS) - 1
Row = Sequence[str | int | None]

_NEW_SERIES = (
    f"INSERT INTO series ({', '.join(_LABELS)}) VALUES ({', '.join('?' * len(_LABELS))}) ON CONFLICT DO NOTHING"
)
_FIND_SERIES = f"SELECT id FROM series WHERE {' AND '.join(f'{label} = ?' for label in _LABELS)}"
# Said again, a request is corrected: the database then takes the former figures out of the sums.
_INSERT = (
    f"INSERT INTO request ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "
    f"ON CONFLICT (request_id) DO UPDATE SET {', '.join(f'{column} = excluded.{column}' for column in _COLUMNS)}"
)
# A program with more sets of labels than this (a user each, say) looks the others up in the file.
_MOST_KNOWN = 10_000


def row_of(record: RequestRecord) -> Row:
    usage, cost = record.usage, record.cost
    return (
        record.provider,
        record.model,
        record.project,
        record.user,
        record.key,
        tags_text(record.tags),
        record.status,
        "USD" if cost is None else cost.currency,
        micros(record.at),
        record.request_id,
        usage.uncached_input_tokens,
        usage.cache_read_tokens,
        usage.cache_write_5m_tokens,
        usage.cache_write_1h_tokens,
        usage.output_tokens,
        usage.reasoning_tokens,
        None if cost is None else cost.nano,
        None if record.latency is None else round(record.latency.total_seconds() * 1_000_000),
        record.estimated + 2 * record.partial,
        None if record.prompt_hash is None else record.prompt_hash.hex(),
    )


@lru_cache(maxsize=1_000)
def tags_text(tags: tuple[str, ...]) -> str:
    """Return tags as the ledger keeps them: each once, in their order, as JSON."""
    return json.dumps(sorted(set(tags)), ensure_ascii=False)


def series_number(connection: sqlite3.Connection, labels: Row) -> int:
    """Return the number of these labels, which they get where they are met for the first time."""
    found = connection.execute(_FIND_SERIES, labels).fetchone()
    if found is None:
        connection.execute(_NEW_SERIES, labels)
        found = connection.execute(_FIND_SERIES, labels).fetchone()
    number: int = found[0]
    return number


class Rows:
    """Writes requests into one file; it knows the numbers of the series that were met there.

    After a transaction that was rolled back it knows too much: make another.
    """

    def __init__(self) -> None:
        self._series: dict[Row, int] = {}

    def insert(self, connection: sqlite3.Connection, row: Row) -> None:
        """Write a request, in the transaction of `connection`.

        Raises:
            sqlite3.Error: it could not be written; other errors: no database could ever hold it.
        """
        labels, (at, request_id, *figures, prompt_hash) = tuple(row[: len(_LABELS)]), row[len(_LABELS) :]
        number = self._series.get(labels)
        if number is None:
            number = series_number(connection, labels)
            if len(self._series) < _MOST_KNOWN:
                self._series[labels] = number
        hashed = None if prompt_hash is None else bytes.fromhex(str(prompt_hash))
        connection.execute(_INSERT, (at, request_id, number, *figures, hashed))
