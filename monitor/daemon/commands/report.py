"""`spend-monitor report`: what an application's own requests cost, this period against the last."""

import csv
import json
from argparse import Namespace
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TextIO

from monitor.core.money import percent
from monitor.core.spreadsheet import cells
from monitor.daemon.reporting import By, Report, Row, report
from monitor.daemon.requests_document import report_document
from monitor.daemon.settings import Settings
from monitor.daemon.terminal import table
from monitor.daemon.wiring import book_of
from monitor.ledger.reading import reading


def run(settings: Settings, arguments: Namespace, out: TextIO, now: datetime) -> int:
    """Print the report; raises LedgerError where there is no ledger."""
    with reading(settings.ledger) as connection:
        seen = report(connection, book_of(settings), By(arguments.by), arguments.days, settings.timezone, now)
    if arguments.json:
        out.write(json.dumps(report_document(seen), indent=2, ensure_ascii=False) + "\n")
    elif arguments.csv:
        _write_csv(seen, out)
    else:
        _write_table(seen, out)
    return 0


def _write_csv(seen: Report, out: TextIO) -> None:
    """Write the rows; one without a label has an empty cell, and so has what is unknown."""
    rows = report_document(seen)["rows"]
    if rows:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(map(cells, rows))


def _write_table(seen: Report, out: TextIO) -> None:
    first, last = (f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" for moment in (seen.window.start, seen.window.end))
    out.write(f"{first} to {last} UTC, by {seen.by}\n\n")
    head = (seen.by.upper(), "REQUESTS", "ERRORS", "INPUT", "CACHED", "OUTPUT", "COST", "MEAN", "P95")
    rows = [_cells(row.label or "-", row) for row in seen.rows]
    totals = [_cells("total", row) for row in seen.totals]
    former = [_cells("before", row) for row in seen.before]
    out.write(table(head, [*rows, *totals, *former]) + "\n")
    for row in seen.totals:
        out.write("".join(f"\n{line}" for line in _remarks(row, seen.before)) + "\n")
    if seen.by is By.TAG:
        out.write("\nA request with several tags counts under each: the rows add up to more than the total.\n")


def _cells(label: str, row: Row) -> tuple[str, ...]:
    unpriced = f" + {row.unpriced} unpriced" if row.unpriced else ""
    return (
        label,
        f"{row.requests:,}",
        f"{row.errors:,}",
        f"{row.usage.input_tokens:,}",
        f"{row.usage.cache_read_tokens:,}",
        f"{row.usage.output_tokens:,}",
        f"{row.cost}{unpriced}" if row.cost is not None else "unpriced",
        _seconds(row.latency),
        _seconds(row.slowest),
    )


def _remarks(row: Row, before: Iterable[Row]) -> Iterable[str]:
    former = next((other.cost for other in before if other.currency == row.currency), None)
    if row.cost is not None and former is not None and former.amount:
        change = (row.cost - former).amount / former.amount
        more = "more" if change >= 0 else "less"
        yield f"{row.cost} is {percent(abs(change))} {more} than in the same time before ({former})."
    if row.cached_saving is not None and row.usage.cache_read_tokens:
        yield f"The provider's cache saved {row.cached_saving}."
    if row.repeats.repeated:
        share, saved = f"{row.repeats.repeated / row.repeats.known:.0%}", row.repeats.cost
        yield f"{share} of the prompts had been answered before: a cache of answers would have saved {saved}."
    if row.estimated:
        yield f"{row.estimated:,} requests told no tokens: theirs are estimated."


def _seconds(span: timedelta | None) -> str:
    return "-" if span is None else f"{span.total_seconds():.2f} s"
