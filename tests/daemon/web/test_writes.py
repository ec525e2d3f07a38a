"""What a person may change from a page or a program, each saved before it is answered."""

from pathlib import Path

import pytest

from monitor.core.alerting.alerts import Stage
from monitor.ledger.ledger import Ledger
from tests.daemon.web.served import Served, served
from tests.ledger.requests import request

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def stage(here: Served) -> Stage:
    (alert,) = here.household.watch.state.alerts.values()
    return alert.stage


def name(here: Served) -> str:
    (alert,) = here.household.watch.state.alerts.values()
    return alert.id


async def test_acknowledge_and_take_it_back(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        await here.poll(75)
        known = await here.client.post(f"/api/v1/alerts/{name(here)}/acknowledge", json={"by": "ann", "for": "2h"})
        then = stage(here)
        (alert,) = (await here.client.get("/api/v1/alerts")).json()["alerts"]
        back = await here.client.post(f"/api/v1/alerts/{name(here)}/unacknowledge")

        assert (known.status_code, then, alert["acknowledged"]["by"]) == (200, Stage.ACKNOWLEDGED, "ann")
        assert known.json()["answer"].startswith("acknowledged until")
        assert (back.status_code, stage(here)) == (200, Stage.FIRING)


@pytest.mark.parametrize("ending", [{}, {"until": "window_ends"}, {"until": "doubled"}, {"until": "2026-11-20T00:00Z"}])
async def test_each_end_of_an_acknowledgement(ending: dict[str, str], tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        await here.poll(75)
        answer = await here.client.post(f"/api/v1/alerts/{name(here)}/acknowledge", json=ending)

        assert (answer.status_code, stage(here)) == (200, Stage.ACKNOWLEDGED)


async def test_a_form_goes_back_to_its_page(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        await here.poll(75)
        address = f"/api/v1/alerts/{name(here)}/snooze"
        answer = await here.client.post(address, content="for=1h&next=%2F%23alerts&button=x", headers=FORM)

        assert (answer.status_code, answer.headers["location"]) == (303, "/#alerts")
        assert stage(here) is Stage.ACKNOWLEDGED


async def test_json_that_curl_calls_a_form_is_json(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        await here.poll(75)
        address = f"/api/v1/alerts/{name(here)}/snooze"
        answer = await here.client.post(address, content='{"for": "2h", "by": "ann"}', headers=FORM)

        assert (answer.status_code, answer.json()["answer"][:18]) == (200, "acknowledged until")
        assert stage(here) is Stage.ACKNOWLEDGED


async def test_silence_and_its_end(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        begun = await here.client.post("/api/v1/silences", json={"for": "1h", "rule": "forecast", "reason": "known"})
        (silence,) = (await here.client.get("/api/v1/silences")).json()["silences"]
        ended = await here.client.post(f"/api/v1/silences/{silence['id']}/end")
        left = (await here.client.get("/api/v1/silences")).json()["silences"]

    assert (begun.status_code, silence["rule"], silence["by"], silence["reason"]) == (200, "forecast", "web", "known")
    assert (ended.status_code, left) == (200, [])


async def test_a_test_of_a_channel(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        well = await here.client.post("/api/v1/channels/ops/test")
        here.reason = "the webhook was deleted"
        ill = await here.client.post("/api/v1/channels/ops/test")
        unknown = await here.client.post("/api/v1/channels/other/test")

    assert (well.status_code, ill.status_code, unknown.status_code) == (200, 502, 404)
    assert ill.json()["detail"] == "ops: the webhook was deleted"
    assert here.tried == ["ops", "ops"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("alerts/zzzzzz/acknowledge", {}, 404),
        ("alerts/zzzzzz/unacknowledge", {}, 404),
        ("alerts/{id}/unacknowledge", {}, 409),
        ("alerts/{id}/snooze", {}, 422),
        ("alerts/{id}/acknowledge", {"for": "soon"}, 422),
        ("alerts/{id}/acknowledge", {"until": "tomorrow"}, 422),
        ("alerts/{id}/acknowledge", {"until": "9999-01-01T00:00:00Z"}, 422),
        ("alerts/{id}/acknowledge", {"until": "2020-01-01T00:00:00Z"}, 409),
        ("alerts/{id}/acknowledge", {"for": "1h", "until": "doubled"}, 422),
        ("alerts/{id}/acknowledge", {"untill": "doubled"}, 422),
        ("alerts/{id}/acknowledge", {"for": 3600}, 422),
        ("alerts/{id}/acknowledge", ["for"], 422),
        ("silences", {"for": "1h"}, 422),
        ("silences", {"key": "*"}, 422),
        ("silences/zzzzzz/end", {}, 404),
    ],
)
async def test_what_cannot_be_done_is_said_and_changes_nothing(
    path: str, body: object, status: int, tmp_path: Path
) -> None:
    async with served(tmp_path) as here:
        await here.poll(75)
        before = here.household.watch.state
        answer = await here.client.post(f"/api/v1/{path.format(id=name(here))}", json=body)

        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert answer.json()["detail"]
        assert here.household.watch.state == before


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 20_000, b'{"for": NaN}', b'"x"'])
async def test_what_is_no_object_is_refused(body: bytes, tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        answer = await here.client.post("/api/v1/silences", content=body)

    assert answer.status_code == 422


async def test_without_a_ledger_the_breaker_holds_nobody_and_that_is_said(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        opened = await here.client.post("/api/v1/breaker/open", json={"reason": "a loop"})
        closed = await here.client.post("/api/v1/breaker/close")

    assert (opened.status_code, closed.status_code) == (409, 409)
    assert "MONITOR_LEDGER" in opened.json()["detail"]
    assert not (tmp_path / "ledger.sqlite3").exists()


async def test_the_breaker_is_open_for_a_time_and_ends_when_it_is_closed(tmp_path: Path) -> None:
    Ledger(tmp_path / "ledger.sqlite3").record(request(1))
    async with served(tmp_path) as here:
        opened = await here.client.post("/api/v1/breaker/open", json={"for": "1h", "reason": "a loop", "by": "ann"})
        known = (await here.client.get("/api/v1/breaker")).json()
        closed = await here.client.post("/api/v1/breaker/close", json={"by": "ann"})
        after = (await here.client.get("/api/v1/breaker")).json()

    (opening,) = known["openings"]
    assert "is open until 2026-11-10 10:00 UTC" in opened.json()["answer"]
    assert (known["circuit"], opening["cause"], opening["reason"]) == ("open", "manual", "a loop (by ann)")
    assert closed.json()["answer"] == "1 of what held the breaker open is ended"
    assert (after["circuit"], after["openings"]) == ("closed", [])
