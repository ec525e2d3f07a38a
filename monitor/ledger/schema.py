"""The tables of the ledger."""

from monitor.ledger.columns import COUNTED, DAY, HOUR, counted
from monitor.ledger.folds import FOLDS, SATURATED
from monitor.ledger.losses import LOSSES
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

# One script for each version; append, never edit: a file of version n runs those from n on. Former releases go on with
# a file that has become newer, while it has all that they know. What they may not touch any more gets another name.
MIGRATIONS: tuple[str, ...] = (
    _SERIES + _REQUEST + _rollup("hourly") + _rollup("daily") + _TOTAL + _TRIGGERS,
    MOVEMENTS,
    FOLDS,
    SATURATED,
    LOSSES,
)
