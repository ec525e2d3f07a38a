"""Money set aside for requests that are on their way, and what holds the breaker open, as rows of the ledger.

All of it runs on the connection of `Ledger.transaction`, and raises what SQLite raises.
"""

import os
import sqlite3
from datetime import datetime

from monitor.core.breaker import Opening, is_model
from monitor.core.errors import Cause
from monitor.core.moments import micros, moment_of
from monitor.core.money import Money

_LOOKED_AT = 1_000
_BY_HAND = "manual"


def new_id() -> int:
    """Return an id that no other process has, whatever the customer's program seeds its random numbers with."""
    return int.from_bytes(os.urandom(8)) >> 1


def reserve(
    connection: sqlite3.Connection, identity: int, series: int, amount: int, at: datetime, expires_at: datetime
) -> None:
    """Set `amount` nano-units aside until `end` or `stand` is said of it, or it expires."""
    connection.execute(
        "INSERT INTO reservation VALUES (?, ?, ?, ?, ?)", (identity, micros(at), micros(expires_at), series, amount)
    )


def end(connection: sqlite3.Connection, identity: int) -> None:
    """Give it back; one that has ended already stays so."""
    connection.execute("DELETE FROM reservation WHERE id = ?", (identity,))


def stand(connection: sqlite3.Connection, identity: int) -> None:
    """Let the estimate count for good: what the request really cost will not be known."""
    connection.execute("UPDATE reservation SET expires_at = NULL WHERE id = ?", (identity,))


def expire(connection: sqlite3.Connection, now: datetime) -> int:
    """Give back what is held for longer than any request takes: its process was killed. Return how many there were."""
    return connection.execute("DELETE FROM reservation WHERE expires_at <= ?", (micros(now),)).rowcount


def open_breaker(connection: sqlite3.Connection, opening: Opening) -> None:
    """Hold the breaker open; an opening of the same name is replaced."""
    connection.execute(
        "INSERT INTO opening VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET cause = excluded.cause, "
        "at = excluded.at, until = excluded.until, program = excluded.program, budget = excluded.budget, "
        "reason = excluded.reason",
        (
            opening.name,
            opening.cause.value,
            micros(opening.at),
            None if opening.until is None else micros(opening.until),
            opening.program,
            opening.budget,
            opening.reason,
        ),
    )


def open_by_hand(connection: sqlite3.Connection, at: datetime, until: datetime | None, reason: str) -> None:
    """Hold the breakers of all programs open; said again, only the last word counts."""
    open_breaker(connection, Opening(_BY_HAND, Cause.MANUAL, at, until, reason=reason))


def close_breaker(connection: sqlite3.Connection, name: str | None = None) -> int:
    """End the opening of that name, or all of them; return how many there were."""
    if name is None:
        return connection.execute("DELETE FROM opening").rowcount
    return connection.execute("DELETE FROM opening WHERE name = ?", (name,)).rowcount


def openings(connection: sqlite3.Connection) -> tuple[Opening, ...]:
    """Return all that was opened and not closed, those that are over by now included."""
    rows = connection.execute("SELECT name, cause, at, until, program, budget, reason FROM opening ORDER BY at")
    return tuple(
        Opening(name, Cause(cause), moment_of(at), None if until is None else moment_of(until), program, budget, reason)
        for name, cause, at, until, program, budget, reason in rows
    )


def last_costs(connection: sqlite3.Connection, provider: str, model: str, most: int) -> tuple[Money, ...]:
    """Return what the last requests to a model did cost, oldest first; those that were free left out."""
    numbers = {
        number: currency
        for number, answered, currency in connection.execute(
            "SELECT id, model, currency FROM series WHERE provider = ?", (provider,)
        )
        if is_model(model, answered)
    }
    # Bounded, whatever the ledger holds: it is read before a request.
    rows = connection.execute("SELECT series, cost FROM request ORDER BY at DESC LIMIT ?", (_LOOKED_AT,)).fetchall()
    costs = [Money.of_nano(cost, numbers[series]) for series, cost in rows if cost and series in numbers]
    return tuple(reversed(costs[:most]))
