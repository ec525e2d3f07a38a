"""What can be read: series, budgets, sources and history; a gap is null, and pages meet without a seam."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from monitor.core.alerting.events import Event, What
from monitor.core.breaker import Opening
from monitor.core.budgets import Severity
from monitor.core.errors import Cause
from monitor.core.spending.readings import Observation, Reading
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.windows import FOREVER
from monitor.daemon.history import History
from monitor.daemon.history_pages import Place, history_page
from monitor.ledger.ledger import Ledger
from monitor.ledger.record import RequestRecord
from monitor.ledger.reservations import open_breaker, open_by_hand
from tests.core.story import START, usd
from tests.daemon.web.served import API_KEY, Served, served


async def got(here: Served, path: str, **query: str) -> dict[str, Any]:
    answer = await here.client.get(f"/api/v1/{path}", params=query)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


async def spend_for_hours(here: Served, *amounts: float) -> None:
    for amount in amounts:
        await here.poll(amount)
        here.household.later(hours=1)
    here.household.later(hours=-1)


async def test_hours_before_the_first_look_are_a_gap(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        await spend_for_hours(here, 10, 12, 15, 15)
        known = await got(here, "spend", per="hour", **{"from": (START - timedelta(hours=2)).isoformat()})

    (series,) = known["series"]
    costs = [point["cost"] for point in series["points"]]
    assert [cost and float(cost) for cost in costs] == [None, None, 2, 3, 0]
    assert (series["source"], series["currency"], known["zone"]) == ("holysheep", "USD", "UTC")


async def test_days_and_their_csv(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        await spend_for_hours(here, 10, 12)
        known = await got(here, "spend", source="holysheep")
        table = await here.client.get("/api/v1/spend", params={"format": "csv"})

    (series,) = known["series"]
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert len(rows) == len(series["points"]) == 31
    assert [row["cost"] or None for row in rows] == [point["cost"] for point in series["points"]]
    assert table.headers["content-disposition"] == 'attachment; filename="spend.csv"'


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"source": "nobody"}, 404),
        ({"per": "minute"}, 422),
        ({"from": "yesterday"}, 422),
        ({"from": "2026-11-10T00:00Z", "to": "2026-11-09T00:00Z"}, 422),
        ({"per": "hour", "from": "2020-01-01"}, 422),
        ({"from": "0001-01-01T00:00:00+23:59"}, 422),
        ({"to": "8999-12-31T23:00:00Z"}, 200),
        ({"form": "csv"}, 422),
    ],
)
async def test_what_cannot_be_charted_is_said(query: dict[str, str], status: int, tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        assert (await here.client.get("/api/v1/spend", params=query)).status_code == status


async def test_a_budget_tells_where_it_leads(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        await spend_for_hours(here, 10, 12, 14)
        (budget,) = (await got(here, "budgets"))["budgets"]

    assert (budget["spent"], budget["ratio"], budget["thresholds"]["warning"]) == ("14", "0.1400", "0.70")
    assert float(budget["pace_per_hour"]) == 2
    assert 0.3 < float(budget["elapsed"]) < 0.35
    assert float(budget["forecast"]["spent_at_end"]) > 14
    assert budget["sources"] == ["holysheep"]


async def test_where_a_budget_leads_is_not_said_of_what_is_hardly_known(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        now, watch = here.household.now, here.household.watch
        known = SourceState(Spend("USD"))
        for hours, total in ((2, 50), (1, 52), (0, 53)):
            at = now - timedelta(hours=hours)
            known = known.after(Observation((Reading(FOREVER, usd(total)),), at, timedelta()), at)
        watch.state = watch.state.having("holysheep", known)
        here.web.changed()
        (budget,) = (await got(here, "budgets"))["budgets"]

    assert Decimal(budget["spent"]) == 3
    assert budget["forecast"] is None


async def test_a_source_in_full(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        before = (await got(here, "sources"))["sources"][0]
        await spend_for_hours(here, 10, 12)
        after = (await got(here, "sources"))["sources"][0]

    assert (before["state"], before["spend"]["month"], before["pace_per_hour"]) == ("never", None, None)
    assert (after["state"], after["spend"]["month"], float(after["pace_per_hour"])) == ("ok", "12", 2)
    assert after["by"] == {"model": [], "project": [], "key": []}


async def test_how_the_breaker_stands(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    async with served(tmp_path) as here:
        before = await got(here, "breaker")
        ledger.record(RequestRecord(request_id="one", at=START, provider="openai", model="gpt-4.1", cost=usd("40")))
        spent = await got(here, "breaker")
        with ledger.transaction() as connection:
            open_breaker(connection, Opening("loop:nightly", Cause.LOOP, START, program="nightly"))
        looping = await got(here, "breaker")
        with ledger.transaction() as connection:
            open_by_hand(connection, START, None, f"leaked: {API_KEY}")
        held = await got(here, "breaker")
    ledger.close()

    assert [document["circuit"] for document in (before, spent, looping, held)] == [None, "closed", "open", "open"]
    assert [document["budgets"][0]["state"] for document in (spent, looping, held)] == ["closed", "closed", "open"]
    assert (spent["budgets"][0]["spent"], spent["budgets"][0]["ratio"]) == ("40.000000000", "0.4000")
    assert [(one["cause"], one["program"], one["reason"]) for one in held["openings"]] == [
        ("loop", "nightly", ""),
        ("manual", None, "leaked: ***"),
    ]


async def test_a_ledger_that_cannot_be_read_leaves_the_breaker_unknown(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite3").write_bytes(b"this is no database, and it is longer than a head" * 50)
    async with served(tmp_path) as here:
        document = await got(here, "breaker")

    assert (document["circuit"], document["budgets"]) == (None, [])
    assert "cannot be read" in document["error"]


def happened(count: int, summary: str = "it burns") -> list[Event]:
    return [
        Event(
            START + timedelta(minutes=number),
            What.FIRED,
            f"key:{number % 3}",
            f"{number:06x}",
            Severity.WARNING,
            summary,
        )
        for number in range(count)
    ]


def keep(folder: Path, count: int, largest: int = 5_000, summary: str = "it burns") -> None:
    for one in happened(count, summary):
        History(folder, lambda work: work(), largest).add([one])


async def test_pages_of_history_meet_without_a_seam_even_while_files_move_on(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        keep(tmp_path, 50)
        first = await got(here, "history", limit="20")
        keep(tmp_path, 10)  # The newest file gets another name meanwhile.
        pages, after = [first], first["next"]
        while after:
            pages.append(await got(here, "history", limit="20", before=after))
            after = pages[-1]["next"]

    ids = [record["id"] for page in pages for record in page["records"]]
    assert ids == [f"{number:06x}" for number in reversed(range(50))]


async def test_history_of_one_alert_and_as_a_table(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        keep(tmp_path, 9, summary=f'=HYPERLINK("http://evil") {API_KEY}')
        one = await got(here, "history", alert="key:1")
        table = await here.client.get("/api/v1/history", params={"format": "csv"})

    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [record["key"] for record in one["records"]] == ["key:1"] * 3
    assert len(rows) == 9
    assert rows[0]["summary"] == '\'=HYPERLINK("http://evil") ***'


@pytest.mark.parametrize(
    "query", [{"before": "x"}, {"before": "1-zz"}, {"limit": "0"}, {"limit": "-1"}, {"limit": "9999"}]
)
async def test_a_place_that_is_none_is_refused(query: dict[str, str], tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        assert (await here.client.get("/api/v1/history", params=query)).status_code == 422


def test_a_place_in_a_file_that_is_gone_has_nothing_before_it(tmp_path: Path) -> None:
    keep(tmp_path, 3)

    assert history_page(tmp_path, 10, Place(1, 5)).records == ()
    assert len(history_page(tmp_path, 10).records) == 3


async def test_no_secret_leaves_in_an_answer(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        here.reason = f"refused: {API_KEY}"
        keep(tmp_path, 2, summary=f"key {API_KEY}")
        answers = [await here.client.get(f"/api/v1/{path}") for path in ("status", "history", "alerts", "sources")]
        answers.append(await here.client.post("/api/v1/channels/ops/test"))
        answers.append(await here.client.get("/metrics"))

    assert [answer for answer in answers if API_KEY in answer.text] == []
