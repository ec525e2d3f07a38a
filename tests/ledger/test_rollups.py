"""The sums are those of the newest word on each request, whatever arrives late, twice or corrected."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.money import Money, total
from monitor.core.spending.sense import MOST_COST
from monitor.core.spending.usage import NOTHING, Usage
from monitor.core.windows import FOREVER, Window
from monitor.ledger.detail import by_prompt_size
from monitor.ledger.ledger import Ledger
from monitor.ledger.record import RequestRecord
from monitor.ledger.sums import Dimension, breakdown, spent, spent_by_series
from monitor.ledger.upkeep import drop
from tests.ledger.requests import request

BASE = datetime(2026, 10, 30, tzinfo=UTC)
SHORT = timedelta(microseconds=1)
EDGES = [timedelta(0), SHORT, timedelta(hours=1) - SHORT, timedelta(hours=1), timedelta(minutes=90), timedelta(days=1)]
MOMENTS = st.builds(
    lambda days, hours, edge: BASE + timedelta(days=days, hours=hours) + edge,
    st.integers(0, 4),
    st.integers(0, 23),
    st.sampled_from(EDGES),
)
WINDOWS = st.one_of(
    st.just(FOREVER),
    st.tuples(MOMENTS, MOMENTS).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: Window(*sorted(pair))),
)
TOKENS = st.integers(0, 10**9)
REQUESTS = st.builds(
    request,
    number=st.integers(1, 6),
    at=MOMENTS,
    model=st.sampled_from(["a", "b"]),
    project=st.sampled_from(["", "p"]),
    status=st.sampled_from(["ok", "500"]),
    tags=st.sampled_from([(), ("x",), ("y", "x"), ("x", "y")]),
    usage=st.builds(Usage, TOKENS, TOKENS, TOKENS, TOKENS, TOKENS.map(lambda count: count + 10**9), TOKENS),
    cost=st.none()
    | st.builds(Money, st.decimals(0, MOST_COST - 1, places=9, allow_nan=False), st.sampled_from(["USD", "CNY"])),
    latency=st.none() | st.timedeltas(timedelta(0), timedelta(hours=1)),
    estimated=st.booleans(),
    partial=st.booleans(),
)


# After so many changes of the file; some records later the roll-ups take these in.
FORMER = st.integers(244, 256)


@contextmanager
def written(records: Iterable[RequestRecord], former: int = 1) -> Iterator[sqlite3.Connection]:
    with TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "ledger.sqlite3")
        with ledger.transaction() as connection:
            connection.execute("UPDATE movement SET seq = ?", (former,))
        for record in records:
            assert ledger.record(record)
        with ledger.transaction() as connection:
            yield connection
        ledger.close()


def newest(records: Sequence[RequestRecord], window: Window) -> list[RequestRecord]:
    last = {record.request_id: record for record in records}
    return [record for record in last.values() if record.at in window]


def currency_of(record: RequestRecord) -> str:
    return record.cost.currency if record.cost else "USD"


@settings(max_examples=60)
@given(st.lists(REQUESTS, max_size=12), WINDOWS, FORMER)
def test_spent_is_the_sum_of_the_newest_words(records: list[RequestRecord], window: Window, former: int) -> None:
    counted = [record for record in newest(records, window) if record.cost and record.cost.currency == "USD"]
    whole = total((record.cost for record in counted if record.cost), "USD")
    of_a = total((record.cost for record in counted if record.cost and record.model == "a"), "USD")

    with written(records, former) as connection:
        assert spent(connection, window) == whole
        assert spent(connection, window, model="a") == of_a


@settings(max_examples=60)
@given(st.lists(REQUESTS, max_size=12), WINDOWS, st.sets(st.sampled_from([Dimension.MODEL, Dimension.STATUS])), FORMER)
def test_a_breakdown_is_that_of_the_newest_words(
    records: list[RequestRecord], window: Window, by: set[Dimension], former: int
) -> None:
    groups: dict[tuple[str, ...], list[RequestRecord]] = {}
    for record in newest(records, window):
        labels = tuple(str(getattr(record, dimension)) for dimension in sorted(by))
        groups.setdefault((*labels, currency_of(record)), []).append(record)

    with written(records, former) as connection:
        lines = breakdown(connection, window, *sorted(by))

    assert {(*line.labels.values(), line.cost.currency) for line in lines} == set(groups)
    for line in lines:
        group = groups[(*line.labels.values(), line.cost.currency)]
        assert line.requests == len(group)
        assert line.errors == sum(record.status != "ok" for record in group)
        assert line.unpriced == sum(record.cost is None for record in group)
        assert line.estimated == sum(record.estimated for record in group)
        assert line.partial == sum(record.partial for record in group)
        assert line.usage == sum((record.usage for record in group), NOTHING)
        assert line.cost.amount == sum((record.cost.amount for record in group if record.cost), Decimal(0))
        assert line.latency == sum((record.latency for record in group if record.latency), timedelta())
        assert line.timed == sum(record.latency is not None for record in group)


@settings(max_examples=40)
@given(st.lists(REQUESTS, max_size=12), MOMENTS, st.integers(1, 3), FORMER)
def test_what_is_dropped_for_its_age_stays_in_the_sums(
    records: list[RequestRecord], before: datetime, most: int, former: int
) -> None:
    with written(records, former) as connection:
        sums = breakdown(connection, FOREVER, Dimension.MODEL, Dimension.TAG)
        while drop(connection, before, most):
            pass

        kept = connection.execute("SELECT count(*) FROM request").fetchone()[0]
        assert breakdown(connection, FOREVER, Dimension.MODEL, Dimension.TAG) == sums
        assert kept == len([record for record in newest(records, FOREVER) if record.at >= before])


@settings(max_examples=6)
@given(st.permutations(["x", "y", "z"]))
def test_tags_are_a_set_and_each_counts_all_of_a_request(tags: list[str]) -> None:
    records = [request(1, tags=("z", "y", "x")), request(2, tags=(*tags, "x")), request(3), request(4, tags=("x",))]
    with written(records) as connection:
        lines = breakdown(connection, FOREVER, Dimension.TAG)
        of_x = spent(connection, FOREVER, tag="x")
        series = connection.execute("SELECT count(*) FROM series").fetchone()[0]

    assert {line.labels[Dimension.TAG]: line.requests for line in lines} == {"x": 3, "y": 2, "z": 2, "": 1}
    assert of_x.nano == 3 * 4_500_000
    assert series == 3


def test_the_roll_ups_hold_all_but_the_last_requests_and_their_movements_are_dropped() -> None:
    hours = [timedelta(hours=number % 7) for number in range(9_000)]
    with written(request(number, at=BASE + hours[number]) for number in range(9_000)) as connection:
        (rolled,) = connection.execute("SELECT sum(requests) FROM daily").fetchone()
        (moved,) = connection.execute("SELECT count(*) FROM movement").fetchone()
        (line,) = breakdown(connection, FOREVER)

    assert line.requests == 9_000
    assert 9_000 - 256 <= rolled < 9_000
    assert moved < 9_000


def test_money_beyond_sqlites_whole_numbers_is_added_up(tmp_path: Path) -> None:
    dearest = Money(Decimal(MOST_COST) - Decimal("0.000000001"), "USD")
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    for hour in range(4):
        at = BASE + timedelta(hours=hour)
        assert not ledger.write([request(hour * 3_000 + number, at=at, cost=dearest) for number in range(3_000)])
    window = Window(BASE, BASE + timedelta(hours=3, minutes=1))

    with ledger.transaction() as connection:
        (line,) = breakdown(connection, window)
        assert dearest.amount * 12_000 == line.cost.amount == spent(connection, window).amount
        assert spent(connection, window, model="gpt-4.1") == line.cost
        assert list(spent_by_series(connection, window).values()) == [line.cost.nano]
        (classes,) = by_prompt_size(connection, window, ()).values()
        assert [one.cost for one in classes] == [line.cost]
    ledger.close()


def test_more_money_in_an_hour_than_a_column_holds_keeps_nobody_from_writing(tmp_path: Path) -> None:
    dearest = Money(Decimal(MOST_COST - 1), "USD")
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    assert not ledger.write([request(number, at=BASE, cost=dearest) for number in range(10_000)])

    assert ledger.record(request(10_000, at=BASE))
    with ledger.transaction() as connection:
        (line,) = breakdown(connection, FOREVER)
    assert line.requests == 10_001
    assert line.cost.amount > 9 * 10**9
    ledger.close()
