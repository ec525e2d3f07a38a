"""What only the ledger knows, on the page: users, what another model would cost, and the breaker."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from monitor.daemon.web.kept import Kept
from monitor.ledger.ledger import Ledger
from tests.ledger.requests import request
from tests.web.company import AFTERNOON, Company, shown
from tests.web.program import runs

HOUR = timedelta(hours=1)


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    company = Company(tmp_path, AFTERNOON - 2 * HOUR)
    await company.live(AFTERNOON, HOUR)
    yield company


async def read(client: httpx.AsyncClient, words: str) -> str:
    """Return the page once it has these words: the ledger is read beside it."""
    async with asyncio.timeout(20):
        while words not in (html := (await client.get("/")).text):  # noqa: ASYNC110 - a page tells nobody that it is new.
            await asyncio.sleep(0.05)
        return html


def part(html: str, name: str) -> str:
    return html.split(f'id="{name}"')[1].split("</section>")[0]


async def test_users_and_cheaper_models_are_there_once_a_program_keeps_a_ledger(company: Company) -> None:
    async with shown(company) as web, httpx.AsyncClient(base_url=web.address) as client:
        without = (await client.get("/")).text
    runs(company.folder, company.now)
    async with shown(company) as web, httpx.AsyncClient(base_url=web.address) as client:
        html = await read(client, "By user")

    assert "By user" not in without
    assert "ledger" not in part(without, "cheaper")
    assert "No program keeps a ledger" in part(without, "breaker")
    users = part(html, "spenders").split("By user")[1]
    assert users.index("ann") < users.index("bob") < users.index("(no user)")
    cheaper = part(html, "cheaper")
    assert "<bdi>gpt-4.1</bdi> on <bdi>gpt-4.1-mini</bdi>" in cheaper
    assert "<small><bdi>ledger</bdi></small>" in cheaper


async def test_requests_without_a_price_are_told_as_not_counted(company: Company) -> None:
    ledger = Ledger(company.folder / "ledger.sqlite3")
    ledger.record(request(1, at=company.now - HOUR, model="nobody-prices-this", cost=None))
    ledger.close()

    async with shown(company) as web, httpx.AsyncClient(base_url=web.address) as client:
        html = await read(client, "Without a price")

    assert "nobody-prices-this (1 request)</bdi>: not counted in the ledger." in part(html, "movers")


async def test_a_damaged_ledger_is_said_and_the_rest_of_the_page_is_there(company: Company) -> None:
    (company.folder / "ledger.sqlite3").write_text("something else, and long enough to be taken for a file" * 50)

    async with shown(company) as web, httpx.AsyncClient(base_url=web.address) as client:
        html = await read(client, "users are not known now")

    assert "cannot be read" in part(html, "spenders")
    assert "How it stands is not known" in part(html, "breaker")
    assert "gpt-4.1" in part(html, "spenders")


async def test_the_breaker_is_opened_and_closed_from_the_page_without_a_script(company: Company) -> None:
    runs(company.folder, company.now)
    async with shown(company) as web, httpx.AsyncClient(base_url=web.address, follow_redirects=True) as client:
        before = await read(client, "requests pass")
        await client.post("/api/v1/breaker/open", data={"reason": "a <loop>", "for": ""})
        opened = await read(client, "The breaker refuses requests")
        known = (await client.get("/api/v1/breaker")).json()
        await client.post("/api/v1/breaker/close", data={"by": "ann"})
        closed = await read(client, "requests pass")

    assert "requests pass" in part(before, "breaker")
    assert "The breaker refuses requests" not in before
    assert "The breaker refuses requests" in opened.split('id="firing"')[0]
    assert "a &lt;loop&gt; (by web)" in part(opened, "breaker")
    assert (known["circuit"], known["openings"][0]["until"]) == ("open", None)
    assert "requests pass" in part(closed, "breaker")


async def test_what_takes_long_is_told_when_it_is_there_and_looked_for_once() -> None:
    found, looks, late = asyncio.Event(), list[str](), asyncio.Event()

    async def find() -> str:
        looks.append("a look")
        await found.wait()
        return "known"

    kept = Kept(find, HOUR, late.set)

    assert await kept.now() is None
    assert await kept.now() is None
    found.set()
    await asyncio.wait_for(late.wait(), 10)
    assert (await kept.now(), looks) == ("known", ["a look"])


async def test_what_was_looked_for_before_a_change_is_not_taken_for_what_is_now() -> None:
    answers, old = iter(["old", "new"]), asyncio.Event()

    async def find() -> str:
        answer = next(answers)
        if answer == "old":
            await old.wait()
        return answer

    kept = Kept(find, HOUR, lambda: None)
    assert await kept.now() is None

    kept.forget()
    now = await kept.now(patience=10)
    old.set()
    await asyncio.sleep(0)

    assert [now, await kept.now()] == ["new", "new"]


async def test_a_bug_in_a_look_leaves_what_was_known() -> None:
    answers = iter(["known"])

    async def find() -> str:
        return next(answers, None) or 1 / 0  # type: ignore[return-value]

    kept = Kept(find, timedelta(0), lambda: None)

    assert [await kept.now(patience=10), await kept.now(patience=10)] == ["known", "known"]
