"""Print the table of README.md, then what was told in vain or missed: `python -m tests.traces [NAME ...]`."""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC

from monitor.core.telling.phrases import clock, lasted
from tests.traces.catalogue import TRACES
from tests.traces.measure import HEAD, Result, measured, totals


def lines(names: Sequence[str]) -> Iterator[str]:
    results = [measured(trace) for trace in TRACES if not names or trace.name in names]
    yield from (*HEAD, *(result.row for result in results))
    yield from ("", totals(results), "")
    for result in results:
        yield from _remarks(result)


def _remarks(result: Result) -> Iterator[str]:
    name = result.trace.name
    for moment in result.false_pages:
        yield f"{name}: in vain, {clock(moment.at, UTC)} [{moment.severity.name}] {moment.alert.summary}"
    for incident in result.missed:
        yield f"{name}: missed, {incident.what} at {clock(incident.start, UTC)}"
    for incident, first in result.first:
        yield f"{name}: {incident.what} after {lasted(first.at - incident.start)} and {first.rose_by} more than usual"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in lines(sys.argv[1:]))
