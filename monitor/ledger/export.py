"""Every single request, for other programs: as CSV or as JSON, one line each, oldest first."""

import csv
import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import TextIO

from monitor.core.moments import micros, moment_of
from monitor.core.money import Money
from monitor.core.spreadsheet import cells
from monitor.core.windows import Window
from monitor.ledger.columns import TOKENS

_COLUMNS = (
    "request_id",
    "at",
    "provider",
    "model",
    "project",
    "user",
    "key",
    "tags",
    "status",
    *TOKENS,
    "cost",
    "currency",
    "latency",
    "flags",
)


def requests(connection: sqlite3.Connection, window: Window) -> Iterator[Mapping[str, object]]:
    """Yield the requests of a window: amounts as decimal text, times in UTC, what is unknown as None."""
    rows = connection.execute(
        f"SELECT {', '.join(_COLUMNS)} FROM request JOIN series ON series = id WHERE at >= ? AND at < ? ORDER BY at",
        (micros(window.start), micros(window.end)),
    )
    for row in rows:
        entry = dict(zip(_COLUMNS, row, strict=True))
        flags = entry.pop("flags")
        latency = entry.pop("latency")
        cost = entry["cost"]
        yield {
            **entry,
            "at": moment_of(entry["at"]).isoformat(),
            "tags": json.loads(entry["tags"]),
            "cost": None if cost is None else f"{Money.of_nano(cost, entry['currency']).amount:f}",
            "latency_ms": None if latency is None else latency / 1000,
            "estimated": bool(flags & 1),
            "partial": bool(flags & 2),
        }


def write_json(connection: sqlite3.Connection, window: Window, stream: TextIO) -> None:
    """Write one JSON object on each line."""
    for entry in requests(connection, window):
        stream.write(json.dumps(entry, ensure_ascii=False) + "\n")


def write_csv(connection: sqlite3.Connection, window: Window, stream: TextIO) -> None:
    """Write a head and a line for each request; tags are separated by spaces, and what is unknown is empty."""
    writer = None
    for entry in requests(connection, window):
        tags = entry["tags"]
        row = {**entry, "tags": " ".join(map(str, tags)) if isinstance(tags, list) else ""}
        if writer is None:
            writer = csv.DictWriter(stream, list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow(cells(row))
