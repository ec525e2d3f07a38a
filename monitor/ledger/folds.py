"""A request is counted in one row of the movements; the roll-ups take these in by the hundred.

So a record writes three pages of the file in place of six, each of which costs microseconds. The last movements, which
are in no roll-up yet, are told by their number alone: no two writers or readers can mean different ones, and a sum is
the roll-ups and that tail.
"""

from monitor.ledger.columns import COUNTED, DAY, HOUR, counted

# Rarer than one record of a hundred, so that the fold is not what the slowest of these wait for.
_FOLDED = 256
# The last movement is never dropped: a reader that does not find the one it knows begins anew.
_KEPT = 8_192

# What a movement counts, by its own columns: its cost is what it calls spent.
_MOVED = {column: "spent" if column == "cost" else column for column in COUNTED}
# Movements of requests, and none of those of money that is set aside.
_OF_REQUESTS = "requests <> 0"
TAIL = f"seq > (SELECT max(seq) / {_FOLDED} * {_FOLDED} FROM movement) AND {_OF_REQUESTS}"
COUNTED_OF_TAIL = ", ".join(f"{moved} AS {column}" for column, moved in _MOVED.items())


def _moves(row: str, sign: str = "") -> str:
    return (
        f"INSERT INTO movement (at, series, reserved, {', '.join(_MOVED.values())}) "
        f"VALUES ({row}.at, {row}.series, 0, {', '.join(counted(row, sign).values())});\n"
    )


def _fold(name: str, length: int, cost: str) -> str:
    sums = ", ".join(f"sum({moved})" for moved in _MOVED.values())
    added = ", ".join(f"{column} = {column} + excluded.{column}" for column in COUNTED if column != "cost")
    return f"""
    INSERT INTO {name} SELECT at / {length}, series, {sums} FROM movement
    WHERE seq > NEW.seq - {_FOLDED} AND {_OF_REQUESTS} GROUP BY 1, 2 ON CONFLICT DO UPDATE SET {added}, cost = {cost};
    """


def _folding(cost: str) -> str:
    """Return the trigger that folds; `cost` is what a sum of money becomes, of itself and `excluded.cost`."""
    return f"""
CREATE TRIGGER movement_folds AFTER INSERT ON movement WHEN NEW.seq % {_FOLDED} = 0 BEGIN
{_fold("hourly", HOUR, cost)}
{_fold("daily", DAY, cost)}
INSERT INTO total SELECT at / {HOUR}, currency, sum(requests), sum(spent)
FROM movement JOIN series ON id = series WHERE seq > NEW.seq - {_FOLDED} AND {_OF_REQUESTS} GROUP BY 1, 2
ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, cost = {cost};
DELETE FROM movement WHERE seq <= NEW.seq - {_KEPT};
END;
"""


# What older files counted is in their roll-ups already: their movements get zeros in the new columns.
_ADDED = [column for column in COUNTED if column != "cost"]
FOLDS = f"""
{"".join(f"ALTER TABLE movement ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0;" for column in _ADDED)}
DROP TRIGGER request_added;
DROP TRIGGER request_corrected;
DROP TRIGGER request_moves;
DROP TRIGGER request_moves_again;
DROP TRIGGER movement_drops;
CREATE TRIGGER request_moves AFTER INSERT ON request BEGIN
{_moves("NEW")}
END;
CREATE TRIGGER request_moves_again AFTER UPDATE ON request BEGIN
{_moves("OLD", "-")}
{_moves("NEW")}
END;
{_folding("cost + excluded.cost")}
"""

# Money in the wrong unit adds up: ten thousand requests of a million each in an hour are more than a column holds. The
# sum then stays at the most there is, in place of an error that would let nothing be written any more.
_MOST = 2**63 - 1
SATURATED = f"""
DROP TRIGGER movement_folds;
{_folding(f"max(-{_MOST}, min({_MOST}, cost + excluded.cost))")}
"""
