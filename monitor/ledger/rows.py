"""A request as a row of the ledger, and the statements that write it."""

import json
import sqlite3
from collections.abc import Sequence

from monitor.ledger.columns import TOKENS
from monitor.ledger.record import RequestRecord
from monitor.ledger.sums import micros

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


def series_number(
    connection: sqlite3.Connection,
    provider: str,
    model: str,
    project: str,
    user: str,
    key: str,
    tags: Sequence[str],
    status: str,
    currency: str,
) -> int:
    """Return the number of these labels, which they get where they are met for the first time."""
    tags_text = json.dumps(sorted(set(tags)), ensure_ascii=False)
    labels = (provider, model, project, user, key, tags_text, status, currency)
    found = connection.execute(_FIND_SERIES, labels).fetchone()
    if found is None:
        connection.execute(_NEW_SERIES, labels)
        found = connection.execute(_FIND_SERIES, labels).fetchone()
    number: int = found[0]
    return number


class Rows:
    """Writes requests into one file; it knows the numbers of the series that were met there."""

    def __init__(self) -> None:
        self._series: dict[tuple[object, ...], int] = {}

    def insert(self, connection: sqlite3.Connection, record: RequestRecord) -> None:
        """Write a request, in the transaction of `connection` if it is in one.

        Raises:
            sqlite3.Error: it could not be written; other errors: no database could ever hold it.
        """
        usage = record.usage
        row = (
            micros(record.at),
            record.request_id,
            self._number(connection, record),
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
        connection.execute(_INSERT, row)

    def _number(self, connection: sqlite3.Connection, record: RequestRecord) -> int:
        currency = record.cost.currency if record.cost else "USD"
        who = (record.provider, record.model, record.project, record.user, record.key)
        met = (*who, record.tags, record.status, currency)
        known = self._series.get(met)
        if known is not None:
            return known
        number = series_number(connection, *who, record.tags, record.status, currency)
        # What may yet be rolled back is not remembered.
        if not connection.in_transaction and len(self._series) < _MOST_KNOWN:
            self._series[met] = number
        return number
