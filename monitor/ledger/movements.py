"""Each change of what is spent or set aside, in one sequence: who knows the sums up to one of them reads on from there.

So the breaker of each process has the sums of all processes in memory, and before a request it reads only what
happened since the last. The database itself writes the sequence, in the statement that makes the change: no writer can
forget it.
"""

# The last movement is never dropped: a reader that does not find the one it knows begins anew.
_KEPT = 8_192
_DROP_EVERY = 64

# `reservation`: money set aside for a request; `expires_at` null: the cost will never be known, and this stands for it.
# `opening`: why the breaker is open. Series 0 is none: a movement of it says that the openings have changed.
MOVEMENTS = f"""
CREATE TABLE movement (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    series INTEGER NOT NULL,
    spent INTEGER NOT NULL,
    reserved INTEGER NOT NULL
) STRICT;
INSERT INTO movement VALUES (1, 0, 0, 0, 0);
CREATE TABLE reservation (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    expires_at INTEGER,
    series INTEGER NOT NULL REFERENCES series (id),
    amount INTEGER NOT NULL
) STRICT;
CREATE TABLE opening (
    name TEXT PRIMARY KEY,
    cause TEXT NOT NULL,
    at INTEGER NOT NULL,
    until INTEGER,
    program TEXT NOT NULL,
    budget TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER request_moves AFTER INSERT ON request WHEN ifnull(NEW.cost, 0) <> 0 BEGIN
    INSERT INTO movement (at, series, spent, reserved) VALUES (NEW.at, NEW.series, NEW.cost, 0);
END;
CREATE TRIGGER request_moves_again AFTER UPDATE ON request
WHEN OLD.cost IS NOT NEW.cost OR OLD.series <> NEW.series OR OLD.at <> NEW.at BEGIN
    INSERT INTO movement (at, series, spent, reserved) VALUES (OLD.at, OLD.series, -ifnull(OLD.cost, 0), 0);
    INSERT INTO movement (at, series, spent, reserved) VALUES (NEW.at, NEW.series, ifnull(NEW.cost, 0), 0);
END;
CREATE TRIGGER reservation_begins AFTER INSERT ON reservation BEGIN
    INSERT INTO movement (at, series, spent, reserved) VALUES (NEW.at, NEW.series, 0, NEW.amount);
END;
CREATE TRIGGER reservation_ends AFTER DELETE ON reservation BEGIN
    INSERT INTO movement (at, series, spent, reserved) VALUES (OLD.at, OLD.series, 0, -OLD.amount);
END;
CREATE TRIGGER opening_begins AFTER INSERT ON opening BEGIN
    INSERT INTO movement (at, series, spent, reserved) VALUES (0, 0, 0, 0);
END;
CREATE TRIGGER opening_changes AFTER UPDATE ON opening BEGIN
    INSERT INTO movement (at, series, spent, reserved) VALUES (0, 0, 0, 0);
END;
CREATE TRIGGER opening_ends AFTER DELETE ON opening BEGIN
    INSERT INTO movement (at, series, spent, reserved) VALUES (0, 0, 0, 0);
END;
CREATE TRIGGER movement_drops AFTER INSERT ON movement WHEN NEW.seq % {_DROP_EVERY} = 0 BEGIN
    DELETE FROM movement WHERE seq <= NEW.seq - {_KEPT};
END;
"""
