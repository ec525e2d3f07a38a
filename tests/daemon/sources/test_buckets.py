"""Rows of a cost report add up to the same, in whatever order and on however many pages they come."""

from collections.abc import Sequence
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import SourceDrifted
from monitor.core.spending.readings import Reading
from monitor.daemon.sources.assembly import Assembly
from monitor.daemon.sources.buckets import Costs, costs_of
from monitor.daemon.sources.openai import DIALECT
from tests.daemon.sources.accounts import account, day
from tests.daemon.sources.test_openai import bucket, result

RESULTS = st.tuples(
    st.integers(1, 28), st.sampled_from(["a, input", "b"]), st.sampled_from([None, "p"]), st.integers(0, 10**6)
)


def read(rows: Sequence[dict[str, object]]) -> Costs:
    return costs_of(rows, Assembly(account()), span_of=DIALECT.span, costs_in=DIALECT.costs)


def rows(results: Sequence[tuple[int, str, str | None, int]]) -> list[dict[str, object]]:
    return [bucket(number, result(amount, item, project)) for number, item, project, amount in results]


@given(results=st.lists(RESULTS, max_size=12), data=st.data())
def test_the_order_and_the_pages_of_rows_are_irrelevant(
    results: list[tuple[int, str, str | None, int]], data: st.DataObject
) -> None:
    other = data.draw(st.permutations(results))

    assert set(read(rows(other)).readings) == set(read(rows(results)).readings)


@given(results=st.lists(RESULTS, min_size=1, max_size=12))
def test_the_parts_of_a_day_are_the_day(results: list[tuple[int, str, str | None, int]]) -> None:
    told: dict[object, list[Reading]] = {}
    for reading in read(rows(results)).readings:
        told.setdefault(reading.span, []).append(reading)

    for whole, *parts in told.values():
        assert whole.model is None
        assert sum((part.cost.amount for part in parts), Decimal(0)) == whole.cost.amount


def test_one_bad_figure_spoils_its_day_on_every_page_and_no_other() -> None:
    costs = read([bucket(19, result(1)), bucket(20, result(2)), bucket(19, result("much")), bucket(19, result(3))])

    assert {reading.span for reading in costs.readings} == {day(20)}
    assert isinstance(costs.unread, SourceDrifted)
