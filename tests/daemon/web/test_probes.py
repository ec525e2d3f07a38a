"""Health means that polls happen, readiness that each source was tried."""

from pathlib import Path

from tests.daemon.web.served import TOKEN, served


async def test_healthy_while_no_poll_is_overdue(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        well = await here.client.get("/healthz")
        here.overdue.append("holysheep")
        ill = await here.client.get("/healthz")

    assert (well.status_code, well.json()) == (200, {"status": "ok", "overdue": 0})
    assert (ill.status_code, ill.json()) == (503, {"status": "overdue", "overdue": 1})


async def test_ready_once_every_source_was_tried(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        before = await here.client.get("/readyz")
        await here.poll(50)
        after = await here.client.get("/readyz")

    assert (before.status_code, before.json()["untried"]) == (503, 1)
    assert (after.status_code, after.json()["untried"]) == (200, 0)


async def test_probes_need_no_token_and_no_name(tmp_path: Path) -> None:
    async with served(tmp_path, token=TOKEN) as here:
        answer = await here.client.get("/healthz", headers={"Host": "pod-17.cluster.local"})

    assert answer.status_code == 200


async def test_the_status_is_the_document_of_the_command(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        await here.poll(75.5)
        answer = await here.client.get("/api/v1/status")

    known = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert (known["severity"], known["sources"][0]["spend"]["month"]) == ("WARNING", "75.5")
    assert [alert["severity"] for alert in known["alerts"]] == ["WARNING"]
