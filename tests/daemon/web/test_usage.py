"""What programs in other languages tell of their requests: recorded once, or refused with the field that is wrong."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor.core.spending.usage import Usage
from monitor.core.windows import FOREVER
from monitor.daemon.web import usage
from monitor.ledger.reading import reading
from monitor.ledger.sums import Dimension, Line, breakdown
from tests.daemon.test_intake import told
from tests.daemon.web.served import TOKEN, Served, served
from tests.ledger.requests import usd


async def tell(here: Served, content: object, **more: Any) -> httpx.Response:
    return await here.client.post("/v1/usage", json=content, **more)


def lines(here: Served, *by: Dimension) -> tuple[Line, ...]:
    with reading(here.household.folder / "ledger.sqlite3") as connection:
        return breakdown(connection, FOREVER, *by)


async def test_one_request_is_recorded_at_the_price_of_the_book(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        answer = await tell(here, told(cache_read_tokens=800, latency_ms=812.5, project="search", tags=["nightly"]))
        (line,) = lines(here, Dimension.PROVIDER, Dimension.MODEL, Dimension.PROJECT, Dimension.TAG)

    # 200 at $2, 800 at $0.50 and 300 at $8 a million.
    recorded = {"request_id": "req-1", "cost": "0.003200000", "currency": "USD"}
    assert (answer.status_code, answer.json()) == (200, {"recorded": 1, "items": [recorded]})
    assert tuple(line.labels.values()) == ("openai", "gpt-4.1", "search", "nightly")
    assert line.usage == Usage(uncached_input_tokens=200, cache_read_tokens=800, output_tokens=300)
    assert (line.cost, line.latency) == (usd("0.0032"), timedelta(milliseconds=812.5))


async def test_what_is_said_again_is_counted_once_and_a_correction_replaces_it(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        both = [told(1), told(2)]
        answers = [await tell(here, both) for _ in range(3)]
        await tell(here, told(2, cost="0.5"))
        (line,) = lines(here)

    assert [answer.json()["recorded"] for answer in answers] == [2, 2, 2]
    assert (line.requests, line.cost) == (2, usd("0.5044"))


async def test_the_right_items_are_recorded_beside_wrong_ones_which_are_named(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        wrong = told(2, output_tokens=-1, user=7)
        answer = await tell(here, [told(1), wrong, "x", told(3, cached_tokens=5), told(4)])
        metrics = (await here.client.get("/metrics")).text
        (line,) = lines(here)

    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [(error["item"], error["field"]) for error in problem["errors"]] == [
        (1, "output_tokens"),
        (1, "user"),
        (2, None),
        (3, "cached_tokens"),
    ]
    assert problem["detail"] == (
        "item 1, output_tokens: is to be greater than or equal to 0, and 3 more; 2 of the other items are recorded"
    )
    assert (problem["recorded"], line.requests) == (2, 2)
    assert 'monitor_usage_records_total{result="refused"} 3' in metrics


async def test_one_on_each_line(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        lines = b"\n".join(json.dumps(told(number)).encode() for number in range(3))
        answer = await here.client.post("/v1/usage", content=lines, headers={"Content-Type": "application/x-ndjson"})
        as_one = await here.client.post("/v1/usage", content=lines)

    assert (answer.status_code, answer.json()["recorded"]) == (200, 3)
    assert (as_one.status_code, as_one.json()["detail"][:9]) == (422, "the body ")


async def test_a_thousand_are_taken_at_once_and_not_one_more(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        well = await tell(here, [told(number, project="p" * 200) for number in range(1_000)])
        many = await tell(here, [told(number) for number in range(1_001)])
        large = await tell(here, [told(user="x" * 1_100_000)])

    assert (well.status_code, well.json()["recorded"]) == (200, 1_000)
    assert (many.status_code, many.json()["detail"]) == (
        422,
        "the body has 1,001 items, and at most 1,000 are taken at once",
    )
    assert large.status_code == 413


@contextmanager
def locked(path: Path) -> Iterator[None]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


async def test_a_locked_ledger_delays_nothing_else_and_what_was_told_may_be_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.daemon.web.web.PATIENCE", 0.3)
    async with served(tmp_path) as here:
        await tell(here, told(1))
        with locked(tmp_path / "ledger.sqlite3"):
            telling = asyncio.create_task(tell(here, told(2)))
            meanwhile = await here.client.get("/healthz")
            waiting = not telling.done()
            refused = await telling
        again = await tell(here, told(2))
        (line,) = lines(here)

    assert (meanwhile.status_code, waiting) == (200, True)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert "nothing of this was recorded" in refused.json()["detail"]
    assert (again.status_code, line.requests) == (200, 2)


async def test_more_than_it_can_write_is_sent_away_and_not_kept_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "MOST_AT_ONCE", 2)
    monkeypatch.setattr("monitor.daemon.web.web.PATIENCE", 20.0)
    async with served(tmp_path) as here:
        await tell(here, told(0))
        with locked(tmp_path / "ledger.sqlite3"):
            telling = [asyncio.create_task(tell(here, told(number))) for number in range(3)]
            (away,), waiting = await asyncio.wait(telling, return_when=asyncio.FIRST_COMPLETED)
        written = await asyncio.gather(*waiting)

    assert (away.result().status_code, away.result().headers["retry-after"]) == (503, "1")
    assert [answer.status_code for answer in written] == [200, 200]


async def test_prices_that_became_wrong_are_said_and_nothing_is_recorded_without_them(tmp_path: Path) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text("is no TOML")
    async with served(tmp_path, prices=prices) as here:
        wrong = await tell(here, told())
        prices.write_text("")
        mended = await tell(here, told())

    assert (wrong.status_code, mended.status_code) == (503, 200)
    assert "prices.toml" in wrong.json()["detail"]


async def test_without_a_ledger_that_is_watched_it_says_what_to_set(tmp_path: Path) -> None:
    async with served(tmp_path, ledger=False) as here:
        answer = await tell(here, told())

    assert answer.status_code == 409
    assert "MONITOR_LEDGER" in answer.json()["detail"]


async def test_only_who_may_write_tells(tmp_path: Path) -> None:
    async with served(tmp_path, token=TOKEN) as here:
        nobody = await tell(here, told())
        program = await tell(here, told(), headers={"Authorization": f"Bearer {TOKEN}", "Host": "monitor.internal"})
    async with served(tmp_path) as here:
        page = await tell(here, told(), headers={"Origin": "http://evil.example"})
        renamed = await tell(here, told(), headers={"Host": "evil.example"})

    assert [answer.status_code for answer in (nobody, program, page, renamed)] == [401, 200, 403, 421]
