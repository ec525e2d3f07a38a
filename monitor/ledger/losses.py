"""Requests that could never be written, and so are missing in every sum: how many there were is told all the same."""

import sqlite3
from datetime import datetime

from monitor.core.moments import micros
from monitor.core.windows import Window

LOSSES = "CREATE TABLE loss (at INTEGER NOT NULL, requests INTEGER NOT NULL) STRICT;"


def lose(connection: sqlite3.Connection, at: datetime, requests: int) -> None:
    """Say that so many requests are lost; raises sqlite3.Error."""
    connection.execute("INSERT INTO loss VALUES (?, ?)", (micros(at), requests))


def lost(connection: sqlite3.Connection, window: Window) -> int:
    """Return how many were said to be lost inside `window`; raises sqlite3.Error."""
    said = connection.execute(
        "SELECT ifnull(sum(requests), 0) FROM loss WHERE at >= ? AND at < ?",
        (micros(window.start), micros(window.end)),
    )
    count: int = said.fetchone()[0]
    return count
