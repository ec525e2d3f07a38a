"""A LiteLLM proxy: days by model, team and key; budgets; and never the endpoint that costs money."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import SourceDrifted, SourceRefused, SourceUnavailable
from monitor.core.money import Money
from monitor.core.spending.readings import Quota
from monitor.core.spending.spend import Spend
from monitor.daemon.sources.shapes.costs import total
from monitor.daemon.sources.shapes.litellm import activity
from tests.daemon.servers import Reply, Request, Server
from tests.daemon.sources.accounts import APRIL, MONTH, NOW, costs, day, polled, spent

KEY, USER, TEAM, DAYS = "/key/info", "/user/info", "/team/info", "/user/daily/activity"
INFO = {"key_name": "sk-...IAAw", "spend": 12.5, "max_budget": None, "user_id": "u-1", "team_id": "t-1"}


def metrics(spend: object, tokens: int = 100, requests: int = 2) -> dict[str, Any]:
    return {"metrics": {"spend": spend, "total_tokens": tokens, "api_requests": requests, "invented_later": 1}}


def row(on: str, spend: object, models: object = None, keys: object = None) -> dict[str, Any]:
    breakdown = {"models": models or {}, "providers": {"openai": metrics(spend)}, "api_keys": keys or {}}
    return {"date": on, **metrics(spend), "breakdown": breakdown}


def a_key(spend: object, alias: str | None, team: str | None = None) -> dict[str, Any]:
    return {**metrics(spend), "metadata": {"key_alias": alias, "team_id": team}}


def page(*rows: object, more: bool = False) -> Reply:
    return Reply({"results": list(rows), "metadata": {"total_spend": 0, "page": 1, "has_more": more}})


def days(*rows: dict[str, Any], size: int = 1000) -> Any:
    """Return a server of these days that heeds what it is asked for, `size` of them a page."""

    def answer(request: Request) -> Reply:
        first, last = request.query["start_date"], request.query["end_date"]
        inside = [found for found in rows if first <= found["date"] <= last]
        start = (int(request.query["page"]) - 1) * size
        return page(*inside[start : start + size], more=start + size < len(inside))

    return answer


DOCUMENTED = {
    KEY: {"key": "sk-redacted", "info": {**INFO, "max_budget": 100}},
    USER: {"user_info": {"spend": 12.5, "max_budget": 300.0}},
    TEAM: {"team_info": {"spend": 25, "max_budget": 40}},
    DAYS: {
        "results": [row("2026-05-20", 1.5, {"gpt-4o": metrics(1.5)}, {"9f1c": a_key(1.5, "search", "t-1")})],
        "metadata": {"total_spend": 1.5, "has_more": False},
    },
}


async def test_days_are_told_whole_by_model_and_by_key_with_its_team(server: Server) -> None:
    models = {"gpt-4o": metrics(1.25), "claude-sonnet-4-5": metrics(0.25)}
    keys = {"9f1c0000aaaabbbb": a_key(1, "search", "t-1"), "77aa0000aaaabbbb": a_key(0.5, None)}
    server.replies[KEY] = Reply({"info": {**INFO, "team_id": None}})
    server.replies[DAYS] = days(row("2026-05-20", 1.5, models, keys), row("2026-05-03", "8.000000001"))

    async with polled("litellm", server) as source:
        seen = await source.fetch(NOW)

    assert costs(seen, "gpt-4o") == {day(20): Decimal("1.25")}
    parts = {(r.project, r.key): r.cost.amount for r in seen.readings if r.key}
    assert parts == {("t-1", "search"): 1, (None, "77aa0000aaaa"): Decimal("0.5")}
    whole = {r.span: r for r in seen.readings if (r.model, r.project, r.key) == (None, None, None)}
    assert whole[day(20)].cost == Money(Decimal("1.5"), "USD")
    assert (whole[day(20)].tokens, whole[day(20)].requests) == (100, 2)
    assert whole[day(19)].cost.amount == 0, "a day that was asked for and has no row cost nothing"
    assert whole[MONTH].cost.amount == Decimal("9.500000001")
    assert whole[APRIL].cost.amount == 0
    assert server.asked(DAYS)[0]["user_id"] == "u-1"


async def test_parts_are_counted_once(server: Server) -> None:
    server.replies[KEY] = Reply(DOCUMENTED[KEY])
    server.replies[DAYS] = Reply(DOCUMENTED[DAYS])

    async with polled("litellm", server) as source:
        spend = Spend("USD").record(await source.fetch(NOW), NOW)

    parts: list[dict[str, str]] = [{}, {"model": "gpt-4o"}, {"project": "t-1"}, {"key": "search"}]
    assert [spent(spend, MONTH, **part) for part in parts] == [Money(Decimal("1.5"), "USD")] * 4


async def test_teams_have_the_names_that_the_key_may_read(server: Server) -> None:
    keys = {key: a_key(1, key, team) for key, team in (("a", "t-1"), ("b", "t-2"), ("c", "t-3"), ("d", "t-4"))}
    known = [{"team_id": "t-2", "team_alias": "ai"}, {"team_id": "t-3", "team_alias": None}, {"team_alias": "none"}]
    server.replies[KEY] = Reply({"info": INFO})
    server.replies[USER] = Reply({"user_info": {}, "teams": [*known, {"team_id": "t-9", "team_alias": "idle"}, "x"]})
    server.replies[TEAM] = Reply({"team_info": {"team_id": "t-1", "team_alias": "platform"}})
    server.replies[DAYS] = days(row("2026-05-20", 4, {"m": metrics(4)}, keys))

    async with polled("litellm", server) as source:
        seen = await source.fetch(NOW)

    assert seen.names == {"t-1": "platform", "t-2": "ai"}
    assert {reading.project for reading in seen.readings if reading.project} == {"t-1", "t-2", "t-3", "t-4"}


async def test_a_key_that_is_renamed_is_not_counted_twice(server: Server) -> None:
    server.replies[DAYS] = days(row("2026-05-20", 3, {"m": metrics(3)}, {"9f1c": a_key(3, "search", "t-1")}))

    async with polled("litellm", server) as source:
        spend = Spend("USD").record(await source.fetch(NOW), NOW)
        server.replies[DAYS] = days(row("2026-05-20", 3, {"m": metrics(3)}, {"9f1c": a_key(3, "find", "t-1")}))
        spend = spend.record(await source.fetch(NOW), NOW)

    assert spent(spend, day(20), project="t-1") == Money(Decimal(3), "USD")


async def test_a_day_that_goes_on_with_the_next_page_adds_up(server: Server) -> None:
    server.replies[DAYS] = days(*(row("2026-05-20", 1, {"gpt-4o": metrics(1)}) for _ in range(5)), size=2)

    async with polled("litellm", server) as source:
        seen = await source.fetch(NOW)

    assert costs(seen)[day(20)] == 5
    assert costs(seen, "gpt-4o") == {day(20): 5}
    assert [query["page"] for query in server.asked(DAYS)] == ["1", "2", "3"]


async def test_after_the_first_read_of_a_day_only_days_that_move_are_asked_for(server: Server) -> None:
    server.replies[DAYS] = days(row("2026-04-30", 4), row("2026-05-02", 7), row("2026-05-20", 1))

    async with polled("litellm", server) as source:
        first = await source.fetch(NOW)
        server.replies[DAYS] = days(row("2026-05-02", 99), row("2026-05-19", 2), row("2026-05-20", 3))
        then = await source.fetch(NOW)

        await source.fetch(NOW + timedelta(days=1))

    assert {span: cost for span, cost in costs(first).items() if cost} == {
        APRIL: 4,
        day(30, 4): 4,
        MONTH: 8,
        day(2): 7,
        day(20): 1,
    }
    assert {span: cost for span, cost in costs(then).items() if cost} == {MONTH: 12, day(19): 2, day(20): 3}
    starts = [query["start_date"] for query in server.asked(DAYS)]
    assert starts == ["2026-04-01", "2026-05-17", "2026-04-01"], "once a day everything is read again"


async def test_the_month_before_goes_on_being_told_while_its_days_move(server: Server) -> None:
    server.replies[DAYS] = days(row("2026-04-30", 4))
    now = NOW.replace(day=1)

    async with polled("litellm", server) as source:
        await source.fetch(now)
        server.replies[DAYS] = days(row("2026-04-30", 6))
        seen = await source.fetch(now)

    assert costs(seen)[APRIL] == 6
    assert costs(seen)[MONTH] == 0


async def test_a_master_key_reads_the_days_of_all(server: Server) -> None:
    server.replies[KEY] = Reply({"error": {"message": "Key not found in database", "code": "404"}}, 404)
    server.replies[DAYS] = days(row("2026-05-20", 3))

    async with polled("litellm", server) as source:
        seen = await source.fetch(NOW)

    assert costs(seen)[day(20)] == 3
    assert seen.quota == Quota(None, None)
    assert "user_id" not in server.asked(DAYS)[0]


@pytest.mark.parametrize("status", [403, 404])
async def test_a_key_that_may_not_read_days_tells_its_own_spend(server: Server, status: int) -> None:
    server.replies[KEY] = Reply({"info": {**INFO, "spend": 212.3537162499998, "max_budget": 250}})
    server.replies[DAYS] = Reply({"detail": "no"}, status)

    async with polled("litellm", server) as source:
        seen = [await source.fetch(NOW) for _ in range(2)]

    assert [costs(one) for one in seen] == [{"forever": Decimal("212.353716250000")}] * 2
    assert seen[0].quota == Quota(Money(Decimal("212.353716250000"), "USD"), Money(Decimal(250), "USD"))
    assert len(server.asked(DAYS)) == 1


async def test_days_that_were_told_are_not_replaced_by_a_counter_when_they_fail(server: Server) -> None:
    server.replies[KEY] = Reply({"info": INFO})
    server.replies[DAYS] = days(row("2026-05-20", 3))

    async with polled("litellm", server) as source:
        await source.fetch(NOW)
        for status, kind in ((403, SourceRefused), (500, SourceUnavailable)):
            server.replies[DAYS] = Reply({"detail": {"error": "no"}}, status)
            with pytest.raises(kind):
                await source.fetch(NOW)


@pytest.mark.parametrize(
    ("key", "user", "team", "quota"),
    [
        ((12.5, 100), (12.5, 300), (25, 40), (25, 40, False)),
        ((12.5, 20), (12.5, 300), (25, 400), (12.5, 20, False)),
        ((30, 30), (12.5, 300), (25, 400), (30, 30, True)),
        ((12.5, None), (12.5, 300), (25, None), (12.5, 300, False)),
        ((12.5, None), (12.5, None), (25, None), None),
    ],
)
async def test_the_budget_that_will_refuse_first_is_the_quota(
    server: Server, key: Any, user: Any, team: Any, quota: Any
) -> None:
    server.replies[KEY] = Reply({"info": {**INFO, "spend": key[0], "max_budget": key[1]}})
    server.replies[USER] = Reply({"user_info": {"spend": user[0], "max_budget": user[1]}})
    server.replies[TEAM] = Reply({"team_info": {"spend": team[0], "max_budget": team[1]}})
    server.replies[DAYS] = days()

    async with polled("litellm", server) as source:
        seen = await source.fetch(NOW)

    used, limit, reached = quota or (None, None, False)
    held = [None if amount is None else Money(Decimal(str(amount)), "USD") for amount in (used, limit)]
    assert seen.quota == Quota(held[0], held[1], reached)
    assert (server.asked(USER), server.asked(TEAM)) == ([{"user_id": "u-1"}], [{"team_id": "t-1"}])


async def test_a_budget_that_may_not_be_read_is_asked_for_once(server: Server) -> None:
    server.replies[KEY] = Reply({"info": INFO})
    server.replies[USER] = Reply({"detail": "Unauthorized"}, 403)
    server.replies[DAYS] = days()

    async with polled("litellm", server) as source:
        seen = [await source.fetch(NOW) for _ in range(2)]

    assert [one.error for one in seen] == [None, None]
    assert (len(server.asked(USER)), len(server.asked(TEAM))) == (1, 1)


async def test_a_budget_that_is_exceeded_is_a_limit_that_is_reached_and_no_outage(server: Server) -> None:
    message = "Budget has been exceeded! Current cost: 10.52, Max budget: 10.0"
    server.replies[KEY] = Reply({"error": {"message": message, "type": "budget_exceeded", "code": "422"}}, 422)

    async with polled("litellm", server) as source:
        seen = await source.fetch(NOW)

    assert seen.quota == Quota(Money(Decimal("10.52"), "USD"), Money(Decimal("10.0"), "USD"), reached=True)


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        ([{"date": "2026-05-20", "metrics": {}}], r"results\.metrics\.spend"),
        ([row("2026-05-20", None)], r"results\.metrics\.spend"),
        ([row("2026-05-20", -1)], r"results\.metrics\.spend is negative"),
        ([row("20 May", 1)], r"results\.date"),
        ([row("2026-05-20", 1, {"gpt-4o": {}})], r"results\.breakdown\.models\.metrics\.spend"),
        ([row("2026-05-20", 1, ["gpt-4o"])], r"results\.breakdown\.models is a list"),
    ],
)
async def test_a_day_that_cannot_be_read_is_drift(server: Server, rows: Sequence[object], where: str) -> None:
    server.replies[KEY] = Reply({"info": INFO})
    server.replies[DAYS] = page(*rows)

    async with polled("litellm", server) as source:
        with pytest.raises(SourceDrifted, match=where):
            await source.fetch(NOW)


async def test_a_proxy_without_a_database_says_so(server: Server) -> None:
    for path in (KEY, DAYS):
        server.replies[path] = Reply({"error": {"message": "Database not connected.", "code": "500"}}, 500)

    async with polled("litellm", server) as source:
        with pytest.raises(SourceUnavailable, match="Database not connected"):
            await source.fetch(NOW)


async def test_no_proxy_at_all_is_a_wrong_address(server: Server) -> None:
    async with polled("litellm", server) as source:
        with pytest.raises(SourceDrifted, match="no LiteLLM proxy: check MONITOR_SOURCES__ACME__BASE_URL"):
            await source.fetch(NOW)


async def test_what_is_asked_costs_nothing(server: Server) -> None:
    for path in (KEY, USER, TEAM, DAYS):
        server.replies[path] = Reply(DOCUMENTED[path])

    async with polled("litellm", server, base_url=server.origin) as source:
        await source.fetch(NOW)

    assert {request.path for request in server.requests} == {KEY, USER, TEAM, DAYS}
    assert {request.method for request in server.requests} == {"GET"}


@given(st.lists(st.tuples(st.integers(0, 30), st.decimals(0, 1000, places=9)), max_size=12), st.integers(1, 5))
def test_days_add_up_to_the_last_digit_however_they_are_paged(told: list[tuple[int, Decimal]], size: int) -> None:
    rows = [row(str(date(2026, 5, 1) + timedelta(offset)), spend) for offset, spend in told]
    pages = [rows[start : start + size] for start in range(0, len(rows), size)]

    found = total(part for one in pages for part in activity({"results": one}))

    assert sum((figure.cost for figure in found.values()), Decimal(0)) == sum((cost for _, cost in told), Decimal(0))
