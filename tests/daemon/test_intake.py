"""What an item must be to get into the ledger, whoever sends it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.windows import FOREVER
from monitor.daemon.counters import Counters
from monitor.daemon.intake.intake import Intake
from monitor.daemon.intake.item import ItemRefused, UsageItem, read_item
from monitor.daemon.intake.priced import record_of
from monitor.ledger.export import requests, write_json
from monitor.ledger.ledger import Ledger
from monitor.ledger.reading import reading
from monitor.ledger.record import RequestRecord
from monitor.prices import PriceBook
from tests.core.story import START
from tests.ledger.requests import request

BOOK, KEEP = PriceBook(), timedelta(days=90)


def told(number: int = 1, **special: Any) -> dict[str, Any]:
    return {"request_id": f"req-{number}", "model": "gpt-4.1", "input_tokens": 1000, "output_tokens": 300, **special}


def recorded(**special: Any) -> RequestRecord:
    content = json.loads(json.dumps(told(**special)), parse_float=Decimal)
    return record_of(read_item(content), BOOK, START, KEEP)


@pytest.mark.parametrize(
    ("special", "field"),
    [
        ({"request_id": None}, "request_id"),
        ({"request_id": " "}, "request_id"),
        ({"request_id": "x" * 201}, "request_id"),
        ({"request_id": "a\x00b"}, "request_id"),
        ({"model": "\ud800"}, "model"),
        ({"model": None}, "model"),
        ({"at": "2026-11-09T12:00:00"}, "at"),
        ({"at": 1_700_000_000}, "at"),
        ({"at": "0001-01-01T00:00:00+23:59"}, "at"),
        ({"at": (START + timedelta(hours=2)).isoformat()}, "at"),
        ({"at": (START - timedelta(days=91)).isoformat()}, "at"),
        ({"input_tokens": 1.5}, "input_tokens"),
        ({"input_tokens": "1000"}, "input_tokens"),
        ({"input_tokens": True}, "input_tokens"),
        ({"input_tokens": 10**18}, "input_tokens"),
        ({"input_tokens": None, "uncached_input_tokens": 10**10, "cache_read_tokens": 1}, "input_tokens"),
        ({"cost": "999999.9999999999"}, "cost"),
        ({"input_tokens": 0, "cache_read_tokens": 11}, "input_tokens"),
        ({"input_tokens": None, "output_tokens": None}, "input_tokens"),
        ({"uncached_input_tokens": 10}, "uncached_input_tokens"),
        ({"reasoning_tokens": 301}, "reasoning_tokens"),
        ({"cached_tokens": 1}, "cached_tokens"),
        ({"cost": -1}, "cost"),
        ({"cost": "1000000"}, "cost"),
        ({"cost": "NaN"}, "cost"),
        ({"cost": "a lot"}, "cost"),
        ({"currency": "dollars"}, "currency"),
        ({"service": "cheap"}, "service"),
        ({"status": 42}, "status"),
        ({"latency_ms": -1}, "latency_ms"),
        ({"latency_ms": 86_400_001}, "latency_ms"),
        ({"tags": "nightly"}, "tags"),
        ({"tags": ["x"] * 21}, "tags"),
        ({"estimated": "yes"}, "estimated"),
    ],
)
def test_what_makes_no_sense_is_refused_by_the_name_of_its_field(special: dict[str, Any], field: str) -> None:
    with pytest.raises(ItemRefused) as refused:
        recorded(**special)

    assert list(refused.value.wrong) == [field]


def test_all_that_is_wrong_is_said_and_the_right_name_is_guessed() -> None:
    with pytest.raises(ItemRefused) as refused:
        recorded(model=None, output_token=1, status="")

    assert refused.value.wrong == {
        "model": "is needed",
        "output_token": "is no field here; did you mean output_tokens?",
        "status": "is to have at least 1 character",
    }


@pytest.mark.parametrize(
    ("special", "cost"),
    [
        ({}, "0.0044"),
        ({"model": "nobody-knows-it"}, None),
        ({"model": "nobody-knows-it", "cost": 0}, "0"),
        ({"cost": 0.1}, "0.1"),
        ({"cost": "0.0000000005"}, "0"),
        ({"cost": "1e-999999999"}, "0"),
        ({"input_tokens": None, "output_tokens": None, "status": 429}, "0"),
        ({"input_tokens": None, "output_tokens": None, "status": "timeout"}, None),
        ({"service": "batch"}, "0.0022"),
        ({"provider": "openrouter", "model": "openai/gpt-4.1"}, "0.0044"),
        ({"input_tokens": None, "uncached_input_tokens": 200, "cache_read_tokens": 800}, "0.0032"),
        ({"cache_read_tokens": 800}, "0.0032"),
    ],
)
def test_a_cost_that_is_not_known_is_none_and_never_nothing(special: dict[str, Any], cost: str | None) -> None:
    found = recorded(**special).cost

    assert (found and found.amount) == (None if cost is None else Decimal(cost))


@pytest.mark.parametrize(
    ("status", "kept"), [("ok", "ok"), (200, "ok"), ("204", "ok"), (429, "429"), ("timeout", "timeout")]
)
def test_a_success_of_http_is_ok(status: int | str, kept: str) -> None:
    assert recorded(status=status).status == kept


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(UsageItem.model_fields)), VALUES))
def test_whatever_is_sent_is_a_record_or_is_refused(content: dict[str, Any]) -> None:
    try:
        record = record_of(read_item({**told(), **content}), BOOK, START, KEEP)
    except ItemRefused as refused:
        assert refused.wrong
    else:
        assert 0 <= (record.cost.nano if record.cost else 0) < 2**63


@pytest.fixture
async def intake(tmp_path: Path) -> AsyncIterator[Intake]:
    intake = Intake(Ledger(tmp_path / "ledger.sqlite3"), lambda: BOOK, KEEP, lambda: START, Counters().took_in)
    yield intake
    await asyncio.to_thread(intake.close)


def exported(path: Path) -> Sequence[object]:
    with reading(path) as connection:
        return list(requests(connection, FOREVER))


async def test_the_lines_of_an_export_are_taken_as_they_are(intake: Intake, tmp_path: Path) -> None:
    other = Ledger(tmp_path / "other.sqlite3")
    other.record(request(1, at=START, tags=("a b", "c"), project="search", estimated=True))
    other.record(request(2, at=START, cost=None, model="nobody-knows-it", status="429", latency=None))
    other.close()
    with reading(other.path) as connection, (tmp_path / "lines").open("w") as file:
        write_json(connection, FOREVER, file)

    taken = await intake.take((tmp_path / "lines").read_bytes(), lines=True)

    assert taken.wrong == ()
    assert exported(tmp_path / "ledger.sqlite3") == exported(other.path)


async def test_a_line_that_is_broken_is_refused_alone(intake: Intake) -> None:
    taken = await intake.take(b'{"request_id"\n\n' + json.dumps(told()).encode(), lines=True)

    assert ([one.request_id for one in taken.records], [one.item for one in taken.wrong]) == (["req-1"], [0])


class Picky(Ledger):
    """Holds no request of Ann's."""

    def write(self, records: Sequence[RequestRecord]) -> Mapping[int, Exception]:
        return {place: OverflowError("too large") for place, record in enumerate(records) if record.user == "ann"}


async def test_what_no_ledger_could_hold_is_refused_beside_the_others(tmp_path: Path) -> None:
    counters = Counters()
    intake = Intake(Picky(tmp_path / "ledger.sqlite3"), lambda: BOOK, KEEP, lambda: START, counters.took_in)
    taken = await intake.take(json.dumps([told(1), 7, told(2, user="ann")]).encode(), lines=False)
    intake.close()

    assert [record.request_id for record in taken.records] == ["req-1"]
    assert [(one.item, one.why) for one in taken.wrong] == [
        (1, "is no JSON object"),
        (2, "no ledger can hold it: too large"),
    ]
    assert counters.usage == {"recorded": 1, "refused": 2, "unwritten": 0}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[" * 20_000, b'{"cost": NaN}', b'{"cost": 1e99999999999999999999}']
)
async def test_what_is_no_json_is_refused(body: bytes, intake: Intake) -> None:
    with pytest.raises(ValueError, match=r"is no JSON: "):
        await intake.take(body, lines=False)
