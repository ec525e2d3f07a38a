"""The rows of a file of past spend, by the names of its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from monitor.core.money import BEYOND_SENSE
from monitor.core.parsing.problems import did_you_mean
from monitor.core.replaying.past import Past, Row, past_of_costs, past_of_totals
from monitor.core.spending.readings import Series

# What a column may be called.
TIME = ("time", "timestamp", "at", "date", "start")
COST = ("cost", "amount", "spend")
TOTAL = ("cumulative", "total")
OTHERS = ("source", "model", "project", "key", "currency")
# Epoch seconds from 2001 to 2286; any other number is no time of spend.
_SECONDS = range(10**9, 10**10)
_YEARS = range(2001, 2287)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row as it stands in the file, its names in lower case; `where` is its line or its number."""

    where: str
    fields: Mapping[str, Any]

    def text(self, column: str) -> str | None:
        value = self.fields.get(column)
        return str(value).strip() or None if value is not None else None


@dataclass(frozen=True, slots=True)
class Read:
    """What a file held; `notes` say how it was taken, for people."""

    past: Past
    currency: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Columns:
    time: str
    amount: str
    running: bool


def read(entries: Sequence[Entry], name: str, zone: tzinfo, currency: str) -> Read:
    """Return the looks at what the rows cost; `name` is the source of rows that name none.

    Raises:
        ValueError: a row or the columns cannot be understood.
    """
    if not entries:
        raise ValueError("holds no row of spend")
    columns = _columns(entries)
    used = {columns.time, columns.amount, *OTHERS}
    unknown = sorted({column for entry in entries for column in entry.fields} - used)
    notes = [f"Not used of the file: {', '.join(unknown)}."] if unknown else []
    rows, naive = [], False
    currencies = {entry.text("currency") for entry in entries} - {None}
    if len(currencies) > 1:
        raise ValueError(f"has amounts in {', '.join(sorted(map(str, currencies)))}: one file holds one currency")
    for entry in entries:
        at, told = _time(entry, columns.time, zone)
        naive = naive or not told
        series = Series(entry.text("model"), entry.text("project"), entry.text("key"))
        rows.append(Row(entry.text("source") or name, at, _amount(entry, columns.amount), series))
    if naive:
        notes.append(f"Times that name no zone were taken as {zone} (MONITOR_TIMEZONE).")
    if columns.running:
        notes.append(f"{columns.amount} was read as a running total, from its first figure on.")
    currency = (currencies.pop() or currency).upper() if currencies else currency
    looks = past_of_totals(rows, currency) if columns.running else past_of_costs(rows, currency)
    return Read(looks, currency, tuple(notes))


def _columns(entries: Sequence[Entry]) -> _Columns:
    there = set(entries[0].fields)
    time = next((name for name in TIME if name in there), None)
    amount = next((name for name in (*COST, *TOTAL) if name in there), None)
    if time is None or amount is None:
        lacking = "time" if time is None else "cost (or cumulative)"
        near = did_you_mean(lacking.split()[0], there)
        raise ValueError(f"{entries[0].where}: there is no {lacking} among {', '.join(sorted(there))}{near}")
    return _Columns(time, amount, amount in TOTAL)


def _amount(entry: Entry, column: str) -> Decimal:
    text = entry.text(column)
    try:
        amount = Decimal((text or "").removeprefix("$"))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount < BEYOND_SENSE:
        raise ValueError(f"{entry.where}: {column} is no amount of money: {text or 'nothing'}")
    return amount


def _time(entry: Entry, column: str, zone: tzinfo) -> tuple[datetime, bool]:
    """Return the time, and whether it named its zone."""
    text = entry.text(column) or "nothing"
    try:
        if text.partition(".")[0].isdigit() and int(text.partition(".")[0]) in _SECONDS:
            return datetime.fromtimestamp(float(text), UTC), True
        at = datetime.fromisoformat(text)
        if at.year not in _YEARS:
            raise ValueError
        told = at.tzinfo is not None
        return (at if told else at.replace(tzinfo=zone)).astimezone(UTC), told
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{entry.where}: {column} is no time as 2026-11-25T03:00Z: {text}") from error
