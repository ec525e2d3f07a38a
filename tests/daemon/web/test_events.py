"""Open pages hear at once of what changes, and only of that."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st

from monitor.daemon.web import events
from monitor.daemon.web.feed import MOST_WAITING, Feed
from monitor.daemon.web.news import changes
from tests.daemon.web.served import Served, served

ROW = st.fixed_dictionaries({"name": st.sampled_from("abc"), "spent": st.integers(0, 3)})
ROWS = st.lists(ROW, max_size=3, unique_by=lambda row: row["name"])
KNOWN = st.fixed_dictionaries(
    {"as_of": st.just("now"), "severity": st.sampled_from(["OK", "WARNING"]), "sources": ROWS}
)


async def told(lines: AsyncIterator[str]) -> tuple[str, dict[str, Any]]:
    """Return the next event."""
    name = ""
    async for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        if line.startswith("data: "):
            return name, json.loads(line.removeprefix("data: "))
    raise AssertionError("the stream has ended")


async def wait_until_no_reader(here: Served) -> None:
    while here.readers:  # noqa: ASYNC110 - nothing tells of it but the count.
        await asyncio.sleep(0.01)


def reading(here: Served) -> Any:
    return here.client.stream("GET", "/events", timeout=10)


async def test_a_page_hears_everything_once_and_then_what_changed(tmp_path: Path) -> None:
    async with served(tmp_path) as here, reading(here) as answer:
        lines = answer.aiter_lines()
        first = await told(lines)
        await here.poll(75)
        second = await told(lines)

    assert (first[0], first[1]["sources"][0]["state"], first[1]["silences"]) == ("status", "never", [])
    assert (second[0], second[1]["severity"]) == ("change", "WARNING")
    assert [row["spend"]["month"] for row in second[1]["sources"]] == ["75"]
    assert [alert["severity"] for alert in second[1]["alerts"]] == ["WARNING"]
    assert answer.headers["content-type"].startswith("text/event-stream")


async def test_a_page_that_goes_is_forgotten(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        async with reading(here) as answer:
            await told(answer.aiter_lines())
            assert here.readers == 1
        await wait_until_no_reader(here)


async def test_a_reader_that_does_not_keep_up_is_sent_away() -> None:
    count = 0

    async def look() -> dict[str, Any]:
        nonlocal count
        count += 1
        return {"as_of": "now", "severity": str(count)}

    told_of = Feed(look, changes, lambda text: text)
    slow = told_of.stream()
    await anext(slow)
    for _ in range(MOST_WAITING + 1):
        await told_of.tell()
    heard = [piece async for piece in slow]

    assert len(heard) == MOST_WAITING - 1
    assert told_of.readers == 0


async def test_no_more_pages_than_there_is_room_for(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(events, "MOST_READERS", 1)
    async with served(tmp_path) as here, reading(here) as answer:
        await told(answer.aiter_lines())
        refused: httpx.Response = await here.client.get("/events")

    assert refused.status_code == 503


@given(KNOWN, KNOWN)
def test_what_was_known_and_what_changed_make_what_is_known(before: dict[str, Any], after: dict[str, Any]) -> None:
    names = [row["name"] for row in before["sources"]]
    after = after | {"sources": [row for row in after["sources"] if row["name"] in names]}

    news = changes(before, after)

    rows = {row["name"]: row for row in [*before["sources"], *news.get("sources", [])]}
    assert news.get("severity", before["severity"]) == after["severity"]
    assert [rows[row["name"]] for row in after["sources"]] == after["sources"]
    assert bool(news) or before["severity"] == after["severity"]


def test_a_moment_that_passed_is_no_news() -> None:
    assert changes({"as_of": "then", "severity": "OK"}, {"as_of": "now", "severity": "OK"}) == {}
