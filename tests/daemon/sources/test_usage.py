"""What was used in tokens, from both providers: no token in two places, and none invented."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import SourceDrifted, SourceError
from monitor.core.spending.prices import Service
from monitor.core.spending.readings import Series
from monitor.core.spending.units import Unit
from monitor.core.spending.usage import Usage
from monitor.core.windows import Window
from monitor.daemon.connections import Connections
from monitor.daemon.sources import anthropic, connect, openai
from monitor.daemon.sources.pages import read_all
from monitor.daemon.sources.report import versioned
from monitor.daemon.sources.usage import UsageDialect, Used, Width
from tests.daemon.servers import Reply, Server
from tests.daemon.sources.accounts import CONTEXT, NOW, account
from tests.daemon.sources.junk import JSON

HOUR = Window(NOW - timedelta(hours=1), NOW)
SECONDS = {"start_time": int(HOUR.start.timestamp()), "end_time": int(HOUR.end.timestamp())}
TIMES = {"starting_at": "2026-05-20T11:00:00Z", "ending_at": "2026-05-20T12:00:00Z"}
CASES = [(openai.USAGE, SECONDS), (anthropic.USAGE, TIMES)]


async def read(server: Server, kind: str, dialect: UsageDialect, window: Window, width: Width) -> Sequence[Used]:
    of = replace(account(server), kind=kind)
    filled, http = connect(of, connections=Connections(CONTEXT), redact=str, clock=lambda: NOW)
    try:
        path, params = versioned(filled, dialect.path), dialect.params(window, width)
        listing = await read_all(http, path, params, source=filled.name)
        return tuple(used for row in listing.rows for used in dialect.used(row, "data"))
    finally:
        await http.close()


async def test_openai_counts_cached_tokens_inside_of_the_input(server: Server) -> None:
    result = {
        "input_tokens": 1000,
        "input_cached_tokens": 400,
        "input_cache_write_tokens": 100,
        "output_tokens": 500,
        "input_audio_tokens": 50,
        "num_model_requests": 5,
        "model": "gpt-4.1-2025-04-14",
        "project_id": "proj_a",
        "batch": True,
        "service_tier": "flex",
    }
    page = {"data": [{**SECONDS, "results": [result]}, {**SECONDS, "results": []}], "has_more": True, "next_page": "p2"}
    sparse = {"input_tokens": 10, "output_tokens": 2, "model": "o3", "project_id": "proj_a", "api_key_id": "key_1"}
    pages = {None: page, "p2": {"data": [{**SECONDS, "results": [sparse]}], "has_more": False, "next_page": None}}
    path = "/v1/organization/usage/completions"
    server.replies[path] = lambda request: Reply(pages[request.query.get("page")])

    used = await read(server, "openai", openai.USAGE, HOUR, Width.HOUR)

    assert used == (
        Used(
            HOUR,
            Series("gpt-4.1-2025-04-14", "proj_a", "(no key)"),
            Usage(500, cache_read_tokens=400, cache_write_5m_tokens=100, output_tokens=500),
            requests=5,
            service=Service.BATCH,
        ),
        Used(HOUR, Series("o3", "proj_a", "key_1"), Usage(10, output_tokens=2), requests=0),
    )
    asked = server.requests[0]
    assert asked.every["group_by"] == ["model", "project_id", "api_key_id", "batch", "service_tier"]
    assert (asked.query["bucket_width"], asked.query["limit"]) == ("1h", "12")
    assert (asked.query["start_time"], asked.query["end_time"]) == tuple(map(str, SECONDS.values()))


async def test_anthropic_counts_them_beside_it(server: Server) -> None:
    results = [
        {
            "uncached_input_tokens": 1500,
            "cache_creation": {"ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 500},
            "cache_read_input_tokens": 200,
            "output_tokens": 600,
            "model": "claude-opus-5",
            "workspace_id": "wrkspc_1",
            "api_key_id": "apikey_1",
            "service_tier": "batch",
            "server_tool_use": {"web_search_requests": 10},
        },
        {"uncached_input_tokens": 100, "output_tokens": 50, "model": "claude-haiku-5", "cache_creation": None},
    ]
    page = {"data": [{**TIMES, "results": results}], "has_more": False, "next_page": None}
    server.replies["/v1/organizations/usage_report/messages"] = Reply(page)

    used = await read(server, "anthropic", anthropic.USAGE, HOUR, Width.DAY)

    assert used == (
        Used(
            HOUR,
            Series("claude-opus-5", "wrkspc_1", "apikey_1"),
            Usage(
                1500,
                cache_read_tokens=200,
                cache_write_5m_tokens=500,
                cache_write_1h_tokens=1000,
                output_tokens=600,
            ),
            service=Service.BATCH,
        ),
        Used(HOUR, Series("web search", "wrkspc_1", "apikey_1"), Usage(), unit=Unit.SEARCH, units=10),
        Used(HOUR, Series("claude-haiku-5", "default", "(no key)"), Usage(100, output_tokens=50)),
    )
    query = server.requests[0].query
    assert (query["starting_at"], query["ending_at"]) == tuple(TIMES.values())
    assert (query["bucket_width"], query["limit"]) == ("1d", "10")


@pytest.mark.parametrize(
    ("dialect", "times", "result", "reason"),
    [
        (openai.USAGE, SECONDS, {"output_tokens": 5}, r"data\[0\].results\[0\].input_tokens is null"),
        (openai.USAGE, SECONDS, {"input_tokens": 5, "output_tokens": None}, "output_tokens is null"),
        (openai.USAGE, SECONDS, {"input_tokens": 5, "output_tokens": True}, "output_tokens is a boolean"),
        (openai.USAGE, SECONDS, {"input_tokens": -5, "output_tokens": 1}, "input_tokens is a number"),
        (openai.USAGE, SECONDS, {"input_tokens": 10**18, "output_tokens": 1}, "input_tokens is a number"),
        (openai.USAGE, SECONDS, {"input_tokens": 5, "input_cached_tokens": 6, "output_tokens": 1}, "does not include"),
        (anthropic.USAGE, TIMES, {"output_tokens": 5}, "uncached_input_tokens is null"),
        (anthropic.USAGE, TIMES, {"uncached_input_tokens": 5, "output_tokens": "7"}, "output_tokens is text"),
        (anthropic.USAGE, TIMES, {"uncached_input_tokens": 5, "output_tokens": 7, "cache_creation": [1]}, "is a list"),
        (anthropic.USAGE, TIMES, {"uncached_input_tokens": 5, "output_tokens": 7, "server_tool_use": 3}, "is a number"),
    ],
)
def test_what_is_no_count_is_named_by_its_path(
    dialect: UsageDialect, times: Mapping[str, object], result: Mapping[str, object], reason: str
) -> None:
    with pytest.raises(SourceDrifted, match=reason):
        list(dialect.used({**times, "results": [result]}, "data[0]"))


NAMES = [
    "input_tokens",
    "input_cached_tokens",
    "output_tokens",
    "uncached_input_tokens",
    "cache_creation",
    "server_tool_use",
    "model",
]


@pytest.mark.parametrize(("dialect", "times"), CASES)
@given(rows=JSON | st.lists(st.dictionaries(st.sampled_from(NAMES), st.integers(0, 99) | JSON), max_size=3))
def test_whatever_comes_is_a_count_or_an_error(dialect: UsageDialect, times: dict[str, Any], rows: object) -> None:
    try:
        used = list(dialect.used({**times, "results": rows}, "data[0]"))
    except SourceError:
        return

    assert all(one.tokens.total_tokens >= 0 for one in used), "Usage refuses what is below nothing"
