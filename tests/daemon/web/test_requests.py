"""What the ledger tells of an application's own requests, asked through the API."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.core.errors import LedgerError
from monitor.core.spending.switch import Switch
from monitor.core.spending.usage import Usage
from monitor.core.windows import FOREVER, Window
from monitor.daemon.what_if import switches
from monitor.ledger.ledger import Ledger
from monitor.ledger.reading import reading
from monitor.ledger.record import RequestRecord
from monitor.ledger.sums import breakdown
from monitor.prices import PriceBook
from tests.core.story import START
from tests.daemon.web.served import served
from tests.ledger.requests import request, usd
from tests.ledger.test_rollups import written

MILLION = 10**6


def keep(folder: Path, *records: RequestRecord) -> Path:
    ledger = Ledger(folder / "ledger.sqlite3")
    assert all(ledger.record(record) for record in records)
    ledger.close()
    return ledger.path


async def test_users_are_told_as_the_command_tells_them(tmp_path: Path) -> None:
    ann = request(1, at=START - timedelta(hours=1), user="ann", cost=usd("3"))
    keep(tmp_path, ann, request(2, at=START - timedelta(hours=2), user="bob", cost=usd("1")))
    async with served(tmp_path) as here:
        answer = await here.client.get("/api/v1/report", params={"by": "user", "days": "2"})

    told = answer.json()
    assert (told["by"], told["total"]["cost"]) == ("user", "4")
    assert [(row["user"], row["requests"], row["cost"]) for row in told["rows"]] == [("ann", 1, "3"), ("bob", 1, "1")]


async def test_the_same_tokens_are_priced_on_the_models_that_are_asked_for(tmp_path: Path) -> None:
    keep(tmp_path, request(1, at=START - timedelta(hours=1), usage=Usage(MILLION), cost=usd("4")))
    async with served(tmp_path) as here:
        answer = await here.client.get("/api/v1/compare", params={"model": ["openai/gpt-4.1", "gpt-4.1-mini"]})

    told = answer.json()
    assert (told["spent"], told["currency"]) == ("4", "USD")
    assert [(choice["model"], choice["cost"]) for choice in told["models"]] == [
        ("gpt-4.1-mini", "0.4"),
        ("gpt-4.1", "2"),
    ]


@pytest.mark.parametrize("path", ["report", "compare"])
async def test_a_ledger_that_is_not_there_or_is_none_is_said(path: str, tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        without = await here.client.get(f"/api/v1/{path}")
        (tmp_path / "ledger.sqlite3").write_text("something else, and long enough to be looked at as a database" * 50)
        broken = await here.client.get(f"/api/v1/{path}")
        misspelt = await here.client.get(f"/api/v1/{path}", params={"day": "7"})

    assert (without.status_code, broken.status_code, misspelt.status_code) == (404, 503, 422)
    assert "MONITOR_LEDGER" in without.json()["detail"]
    assert "cannot be read" in broken.json()["detail"]


def test_a_ledger_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    path = keep(tmp_path, *(request(number, user=f"user {number}") for number in range(100)))

    with pytest.raises(LedgerError, match="takes longer than 0 s"), reading(path, timedelta(0)) as connection:
        while True:
            breakdown(connection, FOREVER)


def test_each_dear_model_is_priced_on_its_own_tokens_and_only_on_what_is_near(tmp_path: Path) -> None:
    records = [
        request(1, model="gpt-4.1", usage=Usage(MILLION), cost=usd("2")),
        request(2, provider="deepseek", model="deepseek-flash", usage=Usage(1000), cost=usd("0.01")),
        request(3, provider="relay", model="nobody-prices-this", usage=Usage(1000), cost=usd("5")),
        request(4, model="gpt-4.1", usage=Usage(MILLION), cost=None),
    ]
    with written(records) as connection:
        found = switches(connection, PriceBook(), Window(START - timedelta(days=400), START + timedelta(days=400)))

    of_dearest = [one for one in found if one.model == "gpt-4.1"]
    assert Switch("gpt-4.1", usd("2"), "gpt-4.1-mini", usd("0.4")) in of_dearest
    assert of_dearest == sorted(of_dearest, key=lambda one: one.instead.amount)
    assert {one.to for one in of_dearest} == {"gpt-4.1-mini", "gpt-4o-mini", "deepseek/deepseek-flash"}
    assert not [one for one in found if "claude" in one.to or "gemini" in one.to]
