"""Who may come in, from where, and what no answer may leave out."""

from pathlib import Path

import httpx
import pytest

from tests.daemon.web.served import TOKEN, Served, served

BEARER = {"Authorization": f"Bearer {TOKEN}"}


async def log_in(here: Served, token: str, **headers: str) -> httpx.Response:
    return await here.client.post("/login", data={"token": token, "next": "/api/v1/status"}, headers=headers)


async def test_without_a_token_loopback_is_open(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        assert (await here.client.get("/api/v1/status")).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/status", "/metrics", "/events", "/nowhere", "/api/v1/alerts"])
async def test_with_a_token_nothing_is_told_without_it(path: str, tmp_path: Path) -> None:
    async with served(tmp_path, token=TOKEN) as here:
        bare = await here.client.get(path)
        wrong = await here.client.get(path, headers={"Authorization": "Bearer nonsense"})

    assert (bare.status_code, wrong.status_code) == (401, 401)
    assert bare.headers["content-type"] == "application/problem+json"
    assert bare.headers["www-authenticate"] == "Bearer"


async def test_a_program_shows_the_token_itself(tmp_path: Path) -> None:
    async with served(tmp_path, token=TOKEN) as here:
        answer = await here.client.get("/api/v1/status", headers={**BEARER, "Host": "monitor:9464"})

    assert answer.status_code == 200


async def test_a_person_logs_in_and_comes_back_with_a_cookie(tmp_path: Path) -> None:
    async with served(tmp_path, token=TOKEN) as here:
        sent_on = await here.client.get("/", headers={"Accept": "text/html"})
        page = await here.client.get(sent_on.headers["location"])
        entered = await log_in(here, TOKEN)
        answer = await here.client.get(entered.headers["location"])
        await here.client.post("/logout")
        after = await here.client.get("/api/v1/status")

    assert (sent_on.status_code, sent_on.headers["location"]) == (303, "/login?next=/")
    assert 'name="token"' in page.text
    cookie = entered.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=strict", "path=/"))
    assert TOKEN not in cookie
    assert (answer.status_code, after.status_code) == (200, 401)


@pytest.mark.parametrize("cookie", ["", "x", "9999999999.", "9999999999.00", "\xe9.\xe9", "." * 500, "99.a b"])
async def test_a_made_up_cookie_opens_nothing(cookie: str, tmp_path: Path) -> None:
    async with served(tmp_path, token=TOKEN) as here:
        header = f"spend_monitor_session={cookie}".encode("latin-1")
        answer = await here.client.get("/api/v1/status", headers=[(b"cookie", header)])

    assert answer.status_code == 401


async def test_a_cookie_ends_after_a_month(tmp_path: Path) -> None:
    async with served(tmp_path, token=TOKEN) as here:
        await log_in(here, TOKEN)
        here.household.later(days=31)
        answer = await here.client.get("/api/v1/status")

    assert answer.status_code == 401


async def test_who_guesses_has_to_wait_even_with_the_right_token(tmp_path: Path) -> None:
    async with served(tmp_path, token=TOKEN) as here:
        guesses = [(await log_in(here, f"guess {number}")).status_code for number in range(10)]
        refused = await log_in(here, TOKEN)
        program = await here.client.get("/metrics", headers=BEARER)

    assert guesses == [401] * 10
    assert (refused.status_code, program.status_code) == (429, 429)
    assert 0 < int(refused.headers["retry-after"]) <= 301


@pytest.mark.parametrize("onward", ["//evil.example", "https://evil.example", "/\\evil.example", "/\r\nX: y", ""])
async def test_the_login_leads_nowhere_else(onward: str, tmp_path: Path) -> None:
    async with served(tmp_path, token=TOKEN) as here:
        entered = await here.client.post("/login", data={"token": TOKEN, "next": onward})

    assert entered.headers["location"] == "/"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example:80", "[::1"])
async def test_another_name_for_us_is_not_answered(host: str, tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        answer = await here.client.get("/api/v1/status", headers={"Host": host})

    assert answer.status_code == 421
    assert "holysheep" not in answer.text


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:9464", "127.0.0.1:80", "[::1]:80", "LOCALHOST", "192.168.1.2"]
)
async def test_our_own_names_are_answered(host: str, tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        assert (await here.client.get("/api/v1/status", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
async def test_another_sites_page_changes_nothing(sent: dict[str, str], tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        answer = await here.client.post("/api/v1/silences", json={"for": "1h", "key": "*"}, headers=sent)

        assert answer.status_code == 403
        assert here.household.watch.state.silences == ()


async def test_every_answer_carries_what_keeps_a_browser_in_check(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        answers = [await here.client.get(path) for path in ("/", "/api/v1/status", "/nowhere", "/login", "/healthz")]
        answers.append(await here.client.get("/", headers={"Host": "evil.example"}))

    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert "server" not in answer.headers


async def test_a_large_body_is_refused_however_it_is_sent(tmp_path: Path) -> None:
    async def pieces() -> object:
        for _ in range(100):
            yield b"x" * 1_000

    async with served(tmp_path) as here:
        whole = await here.client.post("/login", content=b"x" * 100_000)
        drop_by_drop = await here.client.post("/login", content=pieces())  # type: ignore[arg-type]

    assert (whole.status_code, drop_by_drop.status_code) == (413, 413)


async def test_what_is_not_there_is_a_problem(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        missing = await here.client.get("/api/v1/nothing")
        wrong = await here.client.delete("/api/v1/status")

    assert (missing.status_code, missing.json()["status"]) == (404, 404)
    assert (wrong.status_code, wrong.headers["content-type"]) == (405, "application/problem+json")
