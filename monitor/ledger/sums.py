"""How much was used in a window: from the roll-ups and what they have not taken in yet, and from single requests only
where a window cuts an hour.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from monitor.core.moments import micros
from monitor.core.money import Money
from monitor.core.spending.usage import Usage
from monitor.core.windows import Window
from monitor.ledger.columns import COUNTED, DAY, HALVES, HOUR, ROUGHLY, TOKENS, counted, halves, whole
from monitor.ledger.folds import COUNTED_OF_TAIL, TAIL
from monitor.ledger.record import OK

_COLUMNS = ", ".join(COUNTED)
_COUNTS = tuple(column for column in COUNTED if column != "cost")
_OF_REQUESTS = ", ".join(f"{value} AS {column}" for column, value in counted().items())


class Dimension(StrEnum):
    """What requests can be told apart by. One with several tags counts under each of them, so tags do not add up."""

    PROVIDER = "provider"
    MODEL = "model"
    PROJECT = "project"
    USER = "user"
    KEY = "key"
    TAG = "tag"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Line:
    """The sum of the requests that share `labels`. Unpriced ones count in all but `cost`.

    `timed` is how many of them have a latency, and `latency` is the sum over those.
    """

    labels: Mapping[Dimension, str]
    requests: int
    errors: int
    unpriced: int
    estimated: int
    partial: int
    usage: Usage
    cost: Money
    latency: timedelta
    timed: int


def spent(connection: sqlite3.Connection, window: Window, currency: str = "USD", **scope: str | None) -> Money:
    """Return the cost inside `window`, exactly; `scope` (model=, project=, tag=, ...) narrows it, None is no bound.

    Without a scope it reads one row for each hour, however many models and projects there are.
    """
    wanted = {name: value for name, value in scope.items() if value is not None}
    if not wanted:
        return Money.of_nano(_total(connection, window, currency), currency)
    bounds = " AND ".join(_bound(Dimension(name)) for name in wanted)
    parts, values = _costs(window)
    row = connection.execute(
        f"SELECT {halves('cost')} FROM ({parts}) WHERE series IN "
        f"(SELECT id FROM series WHERE currency = ? AND {bounds})",
        (*values, currency, *wanted.values()),
    ).fetchone()
    return Money.of_nano(whole(*row), currency)


def spent_by_series(connection: sqlite3.Connection, window: Window) -> Mapping[int, int]:
    """Return the cost inside `window` in nano-units of each series' own currency, by the number of the series."""
    parts, values = _costs(window)
    rows = connection.execute(f"SELECT series, {halves('cost')} FROM ({parts}) GROUP BY series", values)
    return {series: whole(*sums) for series, *sums in rows}


def breakdown(connection: sqlite3.Connection, window: Window, *by: Dimension) -> tuple[Line, ...]:
    """Return the sums inside `window`, one for each set of labels and currency, dearest first; without `by` in all."""
    parts, values = _parts(window, _COLUMNS, COUNTED_OF_TAIL, _OF_REQUESTS)
    # First by series, of which there are few: the labels are then looked up once for each, which takes half the time.
    by_series = ", ".join(f"sum({column}) AS {column}" for column in _COUNTS)
    sums = ", ".join(f"sum({column})" for column in (*_COUNTS, *HALVES))
    rows = connection.execute(
        f"SELECT {names(by)} currency, sum(iif(status = '{OK}', 0, requests)), {sums} "
        f"FROM (SELECT series, {by_series}, {halves('cost')} FROM ({parts}) GROUP BY series) "
        f"JOIN {labelled(by)} ON series = id "
        f"GROUP BY {names(by)} currency "
        f"HAVING sum(requests) > 0 ORDER BY {ROUGHLY} DESC",  # A series that was corrected away has none.
        values,
    )
    return tuple(_line(dict(zip(by, row, strict=False)), row[len(by) :]) for row in rows)


def names(by: Sequence[Dimension]) -> str:
    """Return the columns of these labels, each with a comma behind it."""
    return "".join(f"{dimension}, " for dimension in by)


def labelled(by: Sequence[Dimension]) -> str:
    """Return the series as a table with a column for each of these labels."""
    if Dimension.TAG not in by:
        return "series"
    return "(SELECT series.*, each.value AS tag FROM series, json_each(iif(tags = '[]', '[\"\"]', tags)) AS each)"


def _bound(dimension: Dimension) -> str:
    if dimension is Dimension.TAG:
        return "EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)"
    return f"{dimension} = ?"


def _line(labels: Mapping[Dimension, str], row: tuple[object, ...]) -> Line:
    currency, errors, *sums = row
    counted = dict(zip((*_COUNTS, *HALVES), (int(str(value)) for value in sums), strict=True))
    usage = Usage(*(counted[column] for column in TOKENS))
    return Line(
        labels=labels,
        requests=counted["requests"],
        errors=int(str(errors)),
        unpriced=counted["unpriced"],
        estimated=counted["estimated"],
        partial=counted["partial"],
        usage=usage,
        cost=Money.of_nano(whole(*(counted[half] for half in HALVES)), str(currency)),
        latency=timedelta(microseconds=counted["latency"]),
        timed=counted["timed"],
    )


def _total(connection: sqlite3.Connection, window: Window, currency: str) -> int:
    start, end = micros(window.start), micros(window.end)
    first, last = -(-start // HOUR), end // HOUR
    if first > last:
        first = last = start // HOUR + 1
        edges = [(start, end)]
    else:
        edges = [(start, first * HOUR), (last * HOUR, end)]
    of_currency = "series IN (SELECT id FROM series WHERE currency = ?)"
    queries = [
        ("cost", "total WHERE span >= ? AND span < ? AND currency = ?", first, last),
        ("spent", f"movement WHERE {TAIL} AND at >= ? AND at < ? AND {of_currency}", first * HOUR, last * HOUR),
        *(
            ("cost", f"request WHERE at >= ? AND at < ? AND {of_currency}", begin, until)
            for begin, until in edges
            if begin < until
        ),
    ]
    return sum(
        whole(*connection.execute(f"SELECT {halves(amounts)} FROM {table}", (begin, until, currency)).fetchone())
        for amounts, table, begin, until in queries
    )


def _costs(window: Window) -> tuple[str, list[int]]:
    return _parts(window, "cost", "spent AS cost", "ifnull(cost, 0) AS cost")


def _parts(window: Window, rolled: str, tail: str, single: str) -> tuple[str, list[int]]:
    """Return a union of what makes up `window`: whole days, whole hours beside them, the last of both, and the edges.

    The columns are told for each: of a roll-up, of the movements that are in none yet, of single requests.
    """
    selects, values = [], []
    for table, first, last in _pieces(micros(window.start), micros(window.end)):
        if table == "movement":
            selects.append(f"SELECT series, {tail} FROM movement WHERE {TAIL} AND at >= ? AND at < ?")
        else:
            time, columns = ("at", single) if table == "request" else ("span", rolled)
            selects.append(f"SELECT series, {columns} FROM {table} WHERE {time} >= ? AND {time} < ?")
        values += [first, last]
    return " UNION ALL ".join(selects), values


def _pieces(start: int, end: int) -> Iterator[tuple[str, int, int]]:
    first_hour, last_hour = -(-start // HOUR), end // HOUR
    if first_hour > last_hour:
        yield "request", start, end
        return
    if start < first_hour * HOUR:
        yield "request", start, first_hour * HOUR
    yield "movement", first_hour * HOUR, last_hour * HOUR
    per_day = DAY // HOUR
    first_day, last_day = -(-first_hour // per_day), last_hour // per_day
    if first_day >= last_day:
        yield "hourly", first_hour, last_hour
    else:
        if first_hour < first_day * per_day:
            yield "hourly", first_hour, first_day * per_day
        yield "daily", first_day, last_day
        if last_day * per_day < last_hour:
            yield "hourly", last_day * per_day, last_hour
    if last_hour * HOUR < end:
        yield "request", last_hour * HOUR, end
