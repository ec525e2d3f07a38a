"""Names from the provider's own lists: for what is in use, seldom asked for, and never a reason for a failure."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from monitor.core.spending.readings import Observation
from monitor.core.spending.spend import Spend
from tests.core.story import usd
from tests.daemon.servers import Reply, Request, Server
from tests.daemon.sources.accounts import MONTH, NOW, one_look, polled, spent
from tests.daemon.sources.organizations import Fake, Spent

PROJECTS = "/v1/organization/projects"
HOUR = timedelta(hours=1)


def page(*rows: Mapping[str, object], more: bool = False) -> Reply:
    last = rows[-1]["id"] if rows else None
    return Reply({"object": "list", "data": list(rows), "first_id": None, "last_id": last, "has_more": more})


def row(identity: str, name: object) -> Mapping[str, object]:
    return {"id": identity, "object": "organization.project", "name": name, "created_at": 1711471533}


@pytest.fixture
def fake(server: Server) -> Fake:
    fake = Fake(NOW)
    fake.spent = [Spent(NOW - HOUR, 0, 125_000), Spent(NOW - HOUR, 0, 250_000, project="proj_b", key="key_2")]
    fake.serve(server)
    server.replies[PROJECTS] = page(row("proj_a", "search"), row("proj_b", "chat"), row("proj_c", "unused"))
    server.replies[f"{PROJECTS}/proj_a/api_keys"] = page(row("key_1", "ci"), row("key_9", "never used"))
    server.replies[f"{PROJECTS}/proj_b/api_keys"] = page(row("key_2", "web"))
    return fake


def asked(server: Server) -> list[str]:
    return [request.path.removeprefix(PROJECTS) for request in server.requests if request.path.startswith(PROJECTS)]


async def test_projects_and_keys_in_use_have_names_and_a_budget_takes_them(server: Server, fake: Fake) -> None:
    seen = await one_look("openai", server)

    assert seen.names == {"proj_a": "search", "proj_b": "chat", "key_1": "ci", "key_2": "web"}
    assert asked(server) == ["", "/proj_a/api_keys", "/proj_b/api_keys"]
    spend = Spend("USD").record(seen, NOW)
    assert spent(spend, MONTH, project="chat") == spent(spend, MONTH, project="proj_b") == usd(2)
    assert spent(spend, MONTH, key="web") == usd(2)


async def test_all_pages_of_a_list_are_read(server: Server, fake: Fake) -> None:
    def answer(request: Request) -> Reply:
        first = "after" not in request.query
        return page(row("proj_a", "search"), more=True) if first else page(row("proj_b", "chat"), more=False)

    server.replies[PROJECTS] = answer

    seen = await one_look("openai", server)

    assert {"proj_a": "search", "proj_b": "chat"}.items() <= seen.names.items()
    assert [query.get("after") for query in server.asked(PROJECTS)] == [None, "proj_a"]


async def test_they_are_asked_for_once_a_day_and_when_a_new_one_turns_up(server: Server, fake: Fake) -> None:
    async def look(now: timedelta) -> tuple[Mapping[str, str], int]:
        server.requests.clear()
        fake.now = NOW + now
        seen = await source.fetch(NOW + now)
        return seen.names, len(asked(server))

    async with polled("openai", server) as source:
        first, again = await look(timedelta(0)), await look(timedelta(minutes=2))
        fake.spent.append(Spent(NOW, 0, 125_000, project="proj_c"))
        found, after = await look(timedelta(minutes=6)), await look(timedelta(minutes=8))
        server.replies[PROJECTS] = page(row("proj_a", "finder"))
        next_day = await look(timedelta(days=1, hours=1))

    assert (first[1], again, after) == (3, ({}, 0), ({}, 0))
    assert found[0]["proj_c"] == "unused"
    assert next_day[0]["proj_a"] == "finder"


@pytest.mark.parametrize(
    "reply",
    [
        Reply({"error": {"message": "Missing scopes: api.management.read", "type": "invalid_request_error"}}, 403),
        Reply({}, 404),
        Reply({"error": {"message": "later"}}, 500),
        Reply({"data": "none"}),
        Reply([]),
        Reply(b"<html>"),
    ],
)
async def test_without_names_the_ids_stay_and_nothing_fails(server: Server, fake: Fake, reply: Reply) -> None:
    server.replies[PROJECTS] = reply

    seen = await one_look("openai", server)

    assert (seen.names, seen.error) == ({}, None)
    assert spent(Spend("USD").record(seen, NOW), MONTH, project="proj_b") == usd(2)


async def test_what_is_known_by_then_counts_where_a_list_of_keys_fails(server: Server, fake: Fake) -> None:
    server.replies[f"{PROJECTS}/proj_a/api_keys"] = Reply({}, 404)
    del server.replies[f"{PROJECTS}/proj_b/api_keys"]

    assert (await one_look("openai", server)).names == {"proj_a": "search", "proj_b": "chat"}


async def test_a_provider_that_was_away_is_asked_again_in_an_hour(server: Server, fake: Fake) -> None:
    well = server.replies[PROJECTS]
    server.replies[PROJECTS] = Reply({}, 503)
    names = []

    async with polled("openai", server) as source:
        for minutes in (0, 2, 60):
            names.append((await source.fetch(NOW + timedelta(minutes=minutes))).names)
            server.replies[PROJECTS] = well

    assert [bool(each) for each in names] == [False, False, True]


@pytest.mark.parametrize("name", [None, "", "  ", 5, {}])
async def test_a_name_that_is_none_is_left_out(server: Server, fake: Fake, name: Any) -> None:
    server.replies[PROJECTS] = page(row("proj_a", name), row("proj_b", "ch\nat"))

    seen = await one_look("openai", server)

    assert "proj_a" not in seen.names
    assert seen.names["proj_b"] == "chat"


async def anthropic(server: Server) -> Observation:
    times = {"starting_at": "2026-05-20T11:00:00Z", "ending_at": "2026-05-20T12:00:00Z"}
    used = {
        "uncached_input_tokens": 1_000_000,
        "output_tokens": 0,
        "model": "claude-sonnet-4-5",
        "workspace_id": "wrkspc_1",
        "api_key_id": "apikey_1",
    }
    empty = {"data": [], "has_more": False, "next_page": None}
    server.replies["/v1/organizations/cost_report"] = Reply(empty)
    server.replies["/v1/organizations/usage_report/messages"] = lambda request: Reply(
        {**empty, "data": [{**times, "results": [used]}]} if request.query["bucket_width"] == "1h" else empty
    )
    server.replies["/v1/organizations/workspaces"] = page(row("wrkspc_1", "production"))
    server.replies["/v1/organizations/api_keys"] = page(row("apikey_1", "bot"))
    return await one_look("anthropic", server)


async def test_anthropics_workspaces_and_keys_are_two_lists(server: Server) -> None:
    seen = await anthropic(server)

    assert seen.names == {"wrkspc_1": "production", "apikey_1": "bot"}
    assert spent(Spend("USD").record(seen, NOW), MONTH, project="production") == usd(3)
    assert server.asked("/v1/organizations/api_keys") == [{"limit": "100"}]
