"""What the rules make of the traces is what README.md says, and is good enough."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.traces.catalogue import TRACES
from tests.traces.measure import HEAD, measured
from tests.traces.trace import MINUTE, Trace

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8").splitlines()
BY_NAME = {trace.name: trace for trace in TRACES}
RECALL = Decimal("0.95")
DAYS_OF_A_FALSE_PAGE = 30


def rows() -> list[list[str]]:
    """Return the cells of the table, as the test below holds them to what is measured."""
    begin = README.index(HEAD[0]) + len(HEAD)
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in README[begin : begin + len(TRACES)]]


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name)
def test_the_readme_says_what_is_measured(trace: Trace) -> None:
    result = measured(trace)

    assert result.row in README
    assert result.crossings_told == result.crossings


def test_the_readme_has_all_traces_and_no_other() -> None:
    assert [row[0].strip("`") for row in rows()] == list(BY_NAME)


def test_speed_is_told_of_nineteen_incidents_in_twenty() -> None:
    told = [tuple(map(int, re.findall(r"\d+", row[3]))) for row in rows() if row[0].startswith("`troubled")]

    assert sum(part for part, _ in told) >= RECALL * sum(whole for _, whole in told)


def test_thirty_days_have_one_false_page_at_most() -> None:
    days, false = sum(int(row[2]) for row in rows()), sum(int(row[6]) for row in rows())

    assert false * DAYS_OF_A_FALSE_PAGE <= days
    assert all(int(row[6]) <= -(-int(row[2]) // DAYS_OF_A_FALSE_PAGE) for row in rows())


def test_the_loop_and_the_leaked_key_are_told_as_soon_as_is_promised() -> None:
    first = {incident.what: (incident, moment) for incident, moment in measured(BY_NAME["troubled-500"]).first}

    loop, told = first["the overnight loop"]
    assert told.at - loop.start <= timedelta(minutes=15)
    assert told.rose_by is not None
    assert told.rose_by.amount <= 15
    leak, told = first["a leaked key"]
    assert told.at - leak.start <= 2 * MINUTE
