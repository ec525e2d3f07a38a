import csv
import json
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from math import ceil
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.spending.usage import NOTHING, Usage
from monitor.core.windows import FOREVER, Window
from monitor.ledger.detail import Repeats, by_prompt_size, repeats, slowest
from monitor.ledger.export import write_csv, write_json
from monitor.ledger.sums import Dimension
from tests.ledger.requests import NOON, request, usd
from tests.ledger.test_rollups import written


@settings(max_examples=30)
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=60))
def test_ninety_five_of_a_hundred_are_no_slower(micros: list[int]) -> None:
    records = [request(n, latency=timedelta(microseconds=latency)) for n, latency in enumerate(micros)]
    expected = sorted(micros)[ceil(len(micros) * 0.95) - 1]

    with written(records) as connection:
        assert slowest(connection, FOREVER) == {("USD",): timedelta(microseconds=expected)}


def test_latency_is_told_apart_and_unknown_where_nobody_measured() -> None:
    records = [
        request(1, project="a", latency=timedelta(seconds=1)),
        request(2, project="b", latency=timedelta(seconds=2), tags=("x", "y")),
        request(3, project="c", latency=None),
    ]
    with written(records) as connection:
        assert slowest(connection, FOREVER, Dimension.PROJECT) == {
            ("a", "USD"): timedelta(seconds=1),
            ("b", "USD"): timedelta(seconds=2),
        }
        assert slowest(connection, FOREVER, Dimension.TAG)[("y", "USD")] == timedelta(seconds=2)


def test_a_prompt_that_was_answered_before_is_a_repeat() -> None:
    same = {"prompt_hash": b"same", "cost": usd("0.01")}
    records = [
        request(1, prompt_hash=b"same", cost=usd("0.03")),
        request(2, at=NOON + timedelta(hours=1), project="late", **same),
        request(3, at=NOON + timedelta(hours=2), **same),
        request(4, at=NOON + timedelta(hours=3), **{**same, "model": "other"}),
        request(5, at=NOON - timedelta(hours=1), **{**same, "status": "500"}),
        request(6, prompt_hash=None),
        request(7, prompt_hash=b"once"),
    ]
    with written(records) as connection:
        assert repeats(connection, FOREVER) == {("USD",): Repeats(5, 2, usd("0.02"))}
        assert repeats(connection, FOREVER, Dimension.PROJECT) == {
            ("", "USD"): Repeats(4, 1, usd("0.01")),
            ("late", "USD"): Repeats(1, 1, usd("0.01")),
        }


def test_repeats_are_looked_for_inside_the_window_only() -> None:
    records = [request(1, prompt_hash=b"same"), request(2, prompt_hash=b"same", at=NOON + timedelta(days=1))]
    with written(records) as connection:
        assert repeats(connection, Window(NOON + timedelta(hours=1), NOON + timedelta(days=2))) == {
            ("USD",): Repeats(1, 0, usd("0"))
        }


def test_a_repeat_counts_under_each_of_its_tags() -> None:
    records = [request(n, prompt_hash=b"same", tags=("x", "y"), at=NOON + timedelta(hours=n)) for n in range(3)]
    with written(records) as connection:
        found = repeats(connection, FOREVER, Dimension.TAG)

    assert {labels[0]: (entry.known, entry.repeated) for labels, entry in found.items()} == {"x": (3, 2), "y": (3, 2)}


@settings(max_examples=30)
@given(st.lists(st.integers(0, 500), max_size=20), st.lists(st.integers(0, 400), max_size=3, unique=True))
def test_prompts_are_told_apart_by_their_size(sizes: list[int], bounds: list[int]) -> None:
    records = [request(n, usage=Usage(size // 2, size - size // 2, output_tokens=1)) for n, size in enumerate(sizes)]
    with written(records) as connection:
        classes = by_prompt_size(connection, FOREVER, tuple(bounds)).get((), ())

    assert sum((one.usage for one in classes), NOTHING) == sum((record.usage for record in records), NOTHING)
    for one in classes:
        limit = min((bound for bound in bounds if bound >= one.least), default=10**9)
        inside = [size for size in sizes if one.least <= size <= limit]
        assert (one.requests, one.usage.input_tokens) == (len(inside), sum(inside))
        assert one.cost == usd("0.0045") * Decimal(len(inside))


def test_requests_are_exported_as_csv_and_json() -> None:
    records = [request(1, tags=("b", "a"), partial=True), request(2, at=NOON + timedelta(seconds=1), cost=None)]
    as_csv, as_json = StringIO(), StringIO()
    with written(records) as connection:
        write_csv(connection, FOREVER, as_csv)
        write_json(connection, FOREVER, as_json)

    first, second = csv.DictReader(StringIO(as_csv.getvalue()))
    assert (first["at"], first["cost"], first["currency"], first["tags"]) == (
        "2026-11-25T12:00:00+00:00",
        "0.004500000",
        "USD",
        "a b",
    )
    assert (second["request_id"], second["cost"], second["latency_ms"]) == ("chatcmpl-2", "", "800.0")
    decoded = [json.loads(line) for line in as_json.getvalue().splitlines()]
    assert [entry["cost"] for entry in decoded] == ["0.004500000", None]
    assert [entry["partial"] for entry in decoded] == [True, False]
    assert decoded[0]["tags"] == ["a", "b"]


def test_a_name_that_a_spreadsheet_takes_for_a_formula_is_a_text_there() -> None:
    stream = StringIO()
    with written([request(1, user='=HYPERLINK("http://evil")', project="@sum", tags=("-x",))]) as connection:
        write_csv(connection, FOREVER, stream)

    (line,) = csv.DictReader(StringIO(stream.getvalue()))
    assert (line["user"], line["project"], line["tags"]) == ('\'=HYPERLINK("http://evil")', "'@sum", "'-x")


def test_an_empty_window_exports_nothing(tmp_path: Path) -> None:
    stream = StringIO()
    with written([]) as connection:
        write_csv(connection, FOREVER, stream)

    assert stream.getvalue() == ""
