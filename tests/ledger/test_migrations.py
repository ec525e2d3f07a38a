import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from monitor.core.errors import LedgerError
from monitor.core.windows import FOREVER
from monitor.ledger.connection import open_for_writing
from monitor.ledger.journal import Journal
from monitor.ledger.ledger import Ledger
from monitor.ledger.reading import reading
from monitor.ledger.rows import Rows, row_of
from monitor.ledger.schema import MIGRATIONS
from monitor.ledger.sums import spent
from monitor.ledger.versions import migrate
from tests.ledger.requests import request, usd

NEXT = "CREATE TABLE more (id INTEGER PRIMARY KEY, said TEXT NOT NULL) STRICT; INSERT INTO more VALUES (1, 'a;b');"
OTHERS = [
    "ALTER TABLE request RENAME TO asked;",
    "ALTER TABLE daily RENAME COLUMN requests TO asked;",
    "ALTER TABLE reservation RENAME TO former; "
    "CREATE TABLE reservation (id, at, expires_at, series, amount, host TEXT NOT NULL);",
]
BROKEN = "CREATE TABLE half (id INTEGER) STRICT; CREATE TABLE half (id INTEGER) STRICT;"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite3", isolation_level=None)) as opened:
        yield opened


def version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


@pytest.mark.parametrize("known", range(len(MIGRATIONS) + 1))
def test_a_file_of_any_former_version_becomes_the_newest(connection: sqlite3.Connection, known: int) -> None:
    migrate(connection, MIGRATIONS[:known])
    migrate(connection, MIGRATIONS)

    assert version(connection) == len(MIGRATIONS)
    assert {"request", "series", "hourly", "daily", "total"} <= tables(connection)


def test_what_is_in_the_file_stays_when_a_version_is_added(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    ledger.record(request())
    ledger.close()

    with closing(open_for_writing(ledger.path)) as connection:
        migrate(connection, (*MIGRATIONS, NEXT))

        assert connection.execute("SELECT request_id FROM request").fetchall() == [("chatcmpl-1",)]
        assert connection.execute("SELECT said FROM more").fetchall() == [("a;b",)]
        assert version(connection) == len(MIGRATIONS) + 1


@pytest.mark.parametrize("known", range(1, len(MIGRATIONS)))
def test_the_sums_of_a_former_version_stay_exact_and_go_on(tmp_path: Path, known: int) -> None:
    path = tmp_path / "ledger.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, MIGRATIONS[:known])
        for number in range(3):
            Rows().insert(connection, row_of(request(number)))
    with reading(path) as connection:
        assert spent(connection, FOREVER) == usd("0.0135")

    Ledger(path).record(request(3))
    Ledger(path).record(request(0, cost=usd("0.0100")))

    with reading(path) as connection:
        assert spent(connection, FOREVER) == usd("0.0235")


def test_a_migration_that_fails_changes_nothing(connection: sqlite3.Connection) -> None:
    migrate(connection)
    before = tables(connection)

    with pytest.raises(sqlite3.OperationalError, match="half"):
        migrate(connection, (*MIGRATIONS, NEXT, BROKEN))

    assert tables(connection) == before
    assert version(connection) == len(MIGRATIONS)


def test_a_file_of_a_newer_release_is_written_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    newer = open_for_writing(path)
    migrate(newer, (*MIGRATIONS, NEXT))
    newer.close()

    ledger = Ledger(path)

    assert ledger.record(request())
    with ledger.transaction() as connection:
        assert version(connection) == len(MIGRATIONS) + 1


@pytest.mark.parametrize("change", OTHERS)
def test_a_file_with_the_tables_of_a_newer_release_is_said_to_be_one_and_left_alone(
    tmp_path: Path, change: str
) -> None:
    path = tmp_path / "ledger.sqlite3"
    with closing(open_for_writing(path)) as newer:
        migrate(newer, (*MIGRATIONS, change))
    before = path.read_bytes()
    ledger = Ledger(path)

    with (
        pytest.raises(LedgerError, match="cannot be read: a newer release made it, and it is left alone: upgrade"),
        reading(path),
    ):
        pass
    with pytest.raises(LedgerError, match="cannot be written: a newer release made it, and it is left alone: upgrade"):
        ledger.write([request()])
    assert ledger.record(request())

    assert "a newer release made it, and it is left alone: upgrade" in str(ledger.health.error)
    ledger.close()
    assert (ledger.health.lost, Journal(path).is_empty) == (0, False)
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "theirs.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as theirs:
        theirs.execute("CREATE TABLE accounts (name TEXT)")
        theirs.execute("PRAGMA user_version = 7")
    ledger = Ledger(path)

    assert ledger.record(request())

    assert "another program" in str(ledger.health.error)
    with pytest.raises(LedgerError, match="another program"), reading(path):
        pass
    with closing(sqlite3.connect(path)) as theirs:
        assert tables(theirs) == {"accounts"}
        assert version(theirs) == 7
        assert theirs.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    ledger.close()


def test_every_table_is_strict(connection: sqlite3.Connection) -> None:
    migrate(connection)

    loose = [
        name
        for _, name, kind, _, _, strict in connection.execute("PRAGMA table_list")
        if kind == "table" and not strict
    ]
    assert [name for name in loose if not name.startswith("sqlite_")] == []


def test_money_and_tokens_are_whole_numbers_or_refused(connection: sqlite3.Connection) -> None:
    migrate(connection)

    with pytest.raises(sqlite3.IntegrityError, match="cannot store REAL"):
        connection.execute("INSERT INTO total VALUES (1, 'USD', 1, 0.5)")
