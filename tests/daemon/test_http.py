"""A source's answers are bounded in time and size, and no error tells a secret."""

import contextlib
import gzip
import ssl
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import SettingsError, SourceDrifted, SourceError, SourceRefused, SourceUnavailable
from monitor.daemon import connections
from monitor.daemon.answers import parse_json, parse_retry_after
from monitor.daemon.connections import Connections
from monitor.daemon.headers import LONGEST_AWAY
from monitor.daemon.http import Http
from monitor.daemon.wire import LARGEST_BODY
from tests.daemon.servers import Reply, Request, Server

KEY = "cr_0123456789abcdef"
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
CONTEXT = ssl.create_default_context()


def open_http(base_url: str, seconds: float = 10, key: str | None = KEY) -> Http:
    return Http(
        base_url,
        connections=Connections(CONTEXT),
        timeout=timedelta(seconds=seconds),
        clock=lambda: NOW,
        redact=lambda text: text.replace("hush", "***"),
        headers={"Authorization": f"Bearer {key}"},
        key=key,
        key_variable="HOLYSHEEP_API_KEY",
        base_url_variable="MONITOR_SOURCES__SHEEP__BASE_URL",
    )


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server().running() as running:
        yield running


@pytest.fixture
async def http(server: Server) -> AsyncIterator[Http]:
    connection = open_http(server.base_url)
    yield connection
    await connection.close()


async def failure(http: Http, server: Server, reply: Reply) -> SourceError:
    server.replies["/v1/usage"] = reply
    with pytest.raises(SourceError) as caught:
        await http.get_json("usage", {"day": "today"})
    assert KEY not in str(caught.value)
    assert "day=today" not in str(caught.value)
    assert len(str(caught.value)) < 400
    return caught.value


async def test_an_answer_is_read_exactly(http: Http, server: Server) -> None:
    server.replies["/v1/usage"] = Reply(b'{"cost": 0.1, "calls": 3}')

    answer = await http.get_json("usage", {"start_date": "2026-05-01"})

    assert {"cost": Decimal("0.1"), "calls": 3} == answer.body
    assert answer.ok
    assert answer.received_at == NOW
    request = server.requests[0]
    assert request.query == {"start_date": "2026-05-01"}
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["user-agent"].startswith("spend-monitor/")
    assert request.headers["accept-encoding"] == "identity"


async def test_a_path_with_a_slash_is_the_origins(http: Http, server: Server) -> None:
    server.replies["/api/status"] = Reply({"data": {}})

    assert (await http.get_json("/api/status")).ok


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_a_missing_endpoint_is_an_answer(http: Http, server: Server, status: int) -> None:
    server.replies["/v1/usage"] = Reply(b"<html>no", status)

    assert (await http.get_json("usage")).missing


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (402, {"message": "Insufficient Balance"}),
        (402, {"type": "insufficient_quota", "code": "daily_cost_limit_exceeded"}),
        (403, {"code": "insufficient_user_quota"}),
        (422, {"type": "budget_exceeded"}),
        (429, {"type": "insufficient_quota"}),
    ],
)
async def test_a_limit_that_is_reached_is_an_answer(http: Http, server: Server, status: int, error: object) -> None:
    server.replies["/v1/usage"] = Reply({"error": error}, status)

    assert (await http.get_json("usage")).limit_reached


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_names_its_variable(http: Http, server: Server, status: int) -> None:
    error = await failure(http, server, Reply({"error": f"bad key {KEY}, hush"}, status))

    assert isinstance(error, SourceRefused)
    assert f"{status}: HOLYSHEEP_API_KEY was refused" in str(error)
    assert "hush" not in str(error)


async def test_a_block_by_cloudflare_is_no_bad_key(http: Http, server: Server) -> None:
    error = await failure(http, server, Reply(b"error code: 1010", 403))

    assert isinstance(error, SourceUnavailable)
    assert "Cloudflare" in str(error)


async def test_a_403_with_a_page_is_no_bad_key(http: Http, server: Server) -> None:
    error = await failure(http, server, Reply(b"<!DOCTYPE html><p>no", 403, {"Content-Type": "text/html"}))

    assert isinstance(error, SourceDrifted)


@pytest.mark.parametrize("code", ["rate_limit_exceeded", "requests_limit_exceeded", "tokens_limit_exceeded"])
async def test_a_rate_limit_is_no_limit_of_money(http: Http, server: Server, code: str) -> None:
    error = await failure(http, server, Reply({"error": {"code": code}}, 429, {"Retry-After": "30"}))

    assert isinstance(error, SourceUnavailable)
    assert error.retry_after == timedelta(seconds=30)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 529])
async def test_later_is_better_after_a_server_error(http: Http, server: Server, status: int) -> None:
    error = await failure(http, server, Reply(b"", status))

    assert isinstance(error, SourceUnavailable)
    assert error.retry_after is None


async def test_a_redirect_is_never_followed(http: Http, server: Server) -> None:
    async with Server().running() as other:
        target = f"http://localhost:{other.port}/v1/usage?key={KEY}"
        error = await failure(http, server, Reply(b"", 302, {"Location": target}))

    assert isinstance(error, SourceDrifted)
    assert "redirected to localhost: set MONITOR_SOURCES__SHEEP__BASE_URL" in str(error)
    assert not other.requests


@pytest.mark.parametrize("location", ["http://[", "/elsewhere", ""])
async def test_a_redirect_to_nowhere_is_drifted(http: Http, server: Server, location: str) -> None:
    assert isinstance(await failure(http, server, Reply(b"", 301, {"Location": location})), SourceDrifted)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>hello</html>",
        b'{"cost": NaN}',
        b'{"cost": -Infinity}',
        b'{"cost": 1',
        b"\xff\xfe\xff",
        b'{"cost": ' + b"9" * 5000 + b"}",
        b'{"cost": 1e99999999999999999999}',
        b"[" * 100_000,
    ],
)
async def test_what_is_not_json_is_drifted(http: Http, server: Server, content: bytes) -> None:
    assert isinstance(await failure(http, server, Reply(content)), SourceDrifted)


@pytest.mark.parametrize("encode", [gzip.compress, zlib.compress])
async def test_a_compressed_answer_is_read_though_nobody_asked(http: Http, server: Server, encode: object) -> None:
    assert callable(encode)
    name = "gzip" if encode is gzip.compress else "deflate"
    server.replies["/v1/usage"] = Reply(encode(b'{"cost": 5}'), headers={"Content-Encoding": name})

    assert (await http.get_json("usage")).body == {"cost": 5}


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (gzip.compress(b" " * (LARGEST_BODY * 20)), "gzip"),
        (gzip.compress(b'{"cost": 5}')[:-9], "gzip"),
        (b"not gzip", "gzip"),
        (b"{}", "br"),
        (gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0), "gzip, gzip"),
    ],
    ids=["bomb", "cut", "not gzip", "unknown", "twice"],
)
async def test_a_bomb_or_a_broken_encoding_is_drifted(
    http: Http, server: Server, content: bytes, encoding: str
) -> None:
    assert isinstance(
        await failure(http, server, Reply(content, headers={"Content-Encoding": encoding})), SourceDrifted
    )


async def test_thirty_megabytes_are_too_many(server: Server) -> None:
    http = open_http(server.base_url)
    assert isinstance(await failure(http, server, Reply(b" " * 30_000_000)), SourceDrifted)
    await http.close()


@pytest.mark.parametrize("reply", [Reply(hang=True), Reply(b'{"cost": 5}' * 10, drip=0.05), Reply(b"{}", promised=99)])
async def test_a_slow_or_cut_answer_is_unavailable(server: Server, reply: Reply) -> None:
    http = open_http(server.base_url, seconds=0.4)
    assert isinstance(await failure(http, server, reply), SourceUnavailable)
    await http.close()


async def test_no_connection_is_unavailable(server: Server) -> None:
    async with Server().running() as gone:
        port = gone.port
    http = open_http(f"http://127.0.0.1:{port}/v1")
    assert isinstance(await failure(http, server, Reply()), SourceUnavailable)
    await http.close()


async def test_no_tls_is_unavailable(server: Server) -> None:
    http = open_http(f"https://127.0.0.1:{server.port}/v1")
    with pytest.raises(SourceUnavailable):
        await http.get_json("usage")
    await http.close()


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/v1", "http://", "nonsense"])
async def test_an_address_of_no_use_is_drifted(url: str) -> None:
    http = open_http(url)
    with pytest.raises((SourceDrifted, SourceUnavailable)):
        await http.get_json("usage")
    await http.close()


async def test_the_proxy_of_the_environment_is_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
    server.replies["/v1/usage"] = Reply({"cost": 5})
    http = open_http("http://sheep.invalid/v1")

    assert (await http.get_json("usage")).ok
    await http.close()


async def test_a_system_whose_look_up_of_proxies_takes_the_host_alone_uses_them_too(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_a_mac(host: str) -> bool:
        return host == "127.0.0.1"

    monkeypatch.setattr(connections, "proxy_bypass", of_a_mac)
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
    server.replies["/v1/usage"] = Reply({"cost": 5})
    http = open_http("http://sheep.invalid/v1")

    assert (await http.get_json("usage")).ok
    await http.close()


async def test_a_post_carries_json(http: Http, server: Server) -> None:
    def echo(request: Request) -> Reply:
        return Reply(request.body, headers={"X-Method": request.method})

    server.replies["/apiStats"] = echo

    answer = await http.post_json("/apiStats", {"apiKey": "k"})

    assert (answer.body, answer.headers["x-method"]) == ({"apiKey": "k"}, "POST")


@pytest.mark.parametrize("key", ["", " ", "ключ", "cr_\n", "cr_\x00"])
def test_a_key_that_cannot_be_one_stops_the_start(key: str) -> None:
    with pytest.raises(SettingsError, match="HOLYSHEEP_API_KEY") as caught:
        open_http("http://127.0.0.1/v1", key=key)
    assert not key.strip() or key not in str(caught.value)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90),
        ({"retry-after": format_datetime(NOW - timedelta(seconds=90), usegmt=True)}, 0),
        ({"retry-after": "86400"}, 900),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_the_wish_to_wait_is_read_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)

    assert expected == parse_retry_after(headers, NOW)


@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms"]), st.text() | st.from_regex(r"[0-9.eE+-]+")))
def test_any_wish_to_wait_is_none_or_within_bounds(headers: dict[str, str]) -> None:
    wish = parse_retry_after(headers, NOW)

    assert wish is None or timedelta() <= wish <= LONGEST_AWAY


@given(st.binary())
def test_any_bytes_are_json_or_a_value_error(raw: bytes) -> None:
    with contextlib.suppress(ValueError):
        parse_json(raw)


@pytest.mark.parametrize("proxy", ["socks9://127.0.0.1:1", "socks5://127.0.0.1:1", "http://[::1"])
async def test_a_proxy_that_cannot_be_used_is_named(
    server: Server, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.delenv("NO_PROXY")
    http = open_http(server.base_url)

    with pytest.raises(SourceUnavailable, match="proxy"):
        await http.get_json("usage")
