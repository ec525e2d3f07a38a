"""Whose file it is and of which version, and how an older one becomes a newer one."""

import sqlite3
from contextlib import closing

from monitor.ledger.schema import MIGRATIONS

_COLUMNS = (
    "SELECT tables.name, columns.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns "
    "WHERE tables.type = 'table'"
)
# A row that does not tell them is refused.
_NEEDED = f'{_COLUMNS} AND columns."notnull" AND columns.dflt_value IS NULL'
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
    """See that the file is a ledger that can be used here, before anything in it is changed.

    Raises:
        sqlite3.DatabaseError: it is another program's, or a newer release has made something else of it.
    """
    # In this order: whoever makes the file at this moment commits its tables and its mark at once.
    filled = connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is not None
    if filled and connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
        raise sqlite3.DatabaseError("it is a database of another program")
    if _version(connection) > len(MIGRATIONS) and not _has_ours(connection):
        raise sqlite3.DatabaseError("a newer release made it, and it is left alone: upgrade spend-monitor here")


def _has_ours(connection: sqlite3.Connection) -> bool:
    """Tell whether all that this release knows is there, and our rows need nothing beside it."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as known:
        migrate(known)
        ours = set(known.execute(_COLUMNS))
    tables = {table for table, _ in ours}
    needed = {(table, column) for table, column in connection.execute(_NEEDED) if table in tables}
    return needed <= ours <= set(connection.execute(_COLUMNS))


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
