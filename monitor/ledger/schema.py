"""The tables of the ledger, and how an older file becomes a newer one."""

import sqlite3

from monitor.ledger.columns import COUNTED, DAY, HOUR, counted
from monitor.ledger.folds import FOLDS, SATURATED
from monitor.ledger.movements import MOVEMENTS

# What a request is counted under. Few of these sets exist, so a request and a roll-up name theirs by a number.
_SERIES = """
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    project TEXT NOT NULL,
    user TEXT NOT NULL,
    key TEXT NOT NULL,
    tags TEXT NOT NULL,
    status TEXT NOT NULL,
    currency TEXT NOT NULL,
    UNIQUE (provider, model, project, user, key, tags, status, currency)
) STRICT;
"""

# Times are whole microseconds since 1970 in UTC, money is nano-units, `flags` are 1 estimated and 2 partial.
_REQUEST = """
CREATE TABLE request (
    at INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    series INTEGER NOT NULL REFERENCES series (id),
    uncached_input_tokens INTEGER NOT NULL,
    cache_read_tokens INTEGER NOT NULL,
    cache_write_5m_tokens INTEGER NOT NULL,
    cache_write_1h_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    cost INTEGER,
    latency INTEGER,
    flags INTEGER NOT NULL,
    prompt_hash BLOB,
    PRIMARY KEY (at, request_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX request_by_id ON request (request_id);
"""


def _rollup(name: str) -> str:
    columns = ", ".join(f"{column} INTEGER NOT NULL" for column in COUNTED)
    return f"""
    CREATE TABLE {name} (
        span INTEGER NOT NULL,
        series INTEGER NOT NULL REFERENCES series (id),
        {columns},
        PRIMARY KEY (span, series)
    ) STRICT, WITHOUT ROWID;
    """


_TOTAL = """
CREATE TABLE total (
    span INTEGER NOT NULL,
    currency TEXT NOT NULL,
    requests INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    PRIMARY KEY (span, currency)
) STRICT, WITHOUT ROWID;
"""


def _count(row: str, sign: str) -> str:
    """Return the statements that add a row to the roll-ups, or take it away: exact whenever it arrives."""
    columns = ", ".join(counted(row, sign).values())
    sums = ", ".join(f"{column} = {column} + excluded.{column}" for column in COUNTED)
    tables = "".join(
        f"INSERT INTO {name} VALUES ({row}.at / {length}, {row}.series, {columns}) ON CONFLICT DO UPDATE SET {sums};\n"
        for name, length in (("hourly", HOUR), ("daily", DAY))
    )
    return f"""
    {tables}
    INSERT INTO total
    SELECT {row}.at / {HOUR}, currency, {sign}1, {sign}ifnull({row}.cost, 0) FROM series WHERE id = {row}.series
    ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, cost = cost + excluded.cost;
    """


# Kept by the database itself, in the statement that writes the row: no writer can forget them, and no crash can part
# them from it. There is none for DELETE: what is dropped for its age stays counted.
_TRIGGERS = f"""
CREATE TRIGGER request_added AFTER INSERT ON request BEGIN
{_count("NEW", "")}
END;
CREATE TRIGGER request_corrected AFTER UPDATE ON request BEGIN
{_count("OLD", "-")}
{_count("NEW", "")}
END;
"""

# One script for each version; append, never edit: a file of version n runs those from n on.
MIGRATIONS: tuple[str, ...] = (
    _SERIES + _REQUEST + _rollup("hourly") + _rollup("daily") + _TOTAL + _TRIGGERS,
    MOVEMENTS,
    FOLDS,
    SATURATED,
)


# "SPML", so that a file of another program is not taken for a ledger.
_APPLICATION = 0x53504D4C


def migrate(connection: sqlite3.Connection, migrations: tuple[str, ...] = MIGRATIONS) -> None:
    """Bring the file to the newest version, in one transaction; a file of a newer release is left as it is.

    Raises:
        sqlite3.Error: it could not be read or written; nothing was changed.
    """
    if _version(connection) >= len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for script in migrations[_version(connection) :]:
            for statement in _statements(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def is_older(connection: sqlite3.Connection) -> bool:
    """Tell whether the file is of a former version, or is empty."""
    return _version(connection) < len(MIGRATIONS)


def check_ours(connection: sqlite3.Connection) -> None:
    """Raise sqlite3.DatabaseError where the file is another program's, before anything in it is changed."""
    # In this order: whoever makes the file at this moment commits its tables and its mark at once.
    filled = connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is not None
    if filled and connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
        raise sqlite3.DatabaseError("it is a database of another program")


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _statements(script: str) -> list[str]:
    """Return the statements of a script: `executescript` would commit before the first."""
    statements, begun = [], ""
    for piece in script.split(";"):
        begun += piece + ";"
        if sqlite3.complete_statement(begun):
            statements.append(begun)
            begun = ""
    return statements
