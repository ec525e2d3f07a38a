"""OpenRouter: a key's own windows, or with a management key the whole account."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import SourceDrifted, SourceRefused, SourceUnavailable
from monitor.core.money import Money
from monitor.core.spending.readings import Quota
from monitor.core.spending.spend import Spend
from monitor.core.windows import FOREVER, Window
from monitor.daemon.sources.shapes.openrouter import activity
from tests.daemon.servers import Reply, Request, Server
from tests.daemon.sources.accounts import MONTH, NOW, costs, day, polled, spent

KEY, CREDITS, KEYS, ACTIVITY = "/v1/key", "/v1/credits", "/v1/keys", "/v1/activity"
WEEK = Window(datetime(2026, 5, 18, tzinfo=UTC), datetime(2026, 5, 25, tzinfo=UTC))


def key(**more: Any) -> dict[str, Any]:
    used = {"usage": 433.28, "usage_daily": 3.4, "usage_weekly": 5.5, "usage_monthly": 45.457405021}
    return {"label": "sk-or-v1-au7...890", "limit": None, "limit_remaining": None, **used, "byok_usage": 17.38} | more


def row(on: str, usage: object, model: str = "openai/gpt-4.1", **more: object) -> dict[str, object]:
    counts = {"prompt_tokens": 50, "completion_tokens": 125, "reasoning_tokens": 25, "requests": 5}
    return {"date": on, "model": model, "usage": usage, "byok_usage_inference": 0.9, **counts, **more}


def manages(server: Server, *rows: object, keys: list[object] | None = None) -> None:
    """Make the server one of an account with these days and keys."""
    every = keys if keys is not None else [{"hash": "a", "name": "search", **key()}]
    server.replies[KEY] = Reply({"data": key(usage=0, is_management_key=True)})
    server.replies[CREDITS] = Reply({"data": {"total_credits": 500.5, "total_usage": 450.75}})
    server.replies[KEYS] = lambda request: Reply({"data": every[int(request.query["offset"]) :]})
    server.replies[ACTIVITY] = Reply({"data": list(rows)})


DOCUMENTED = {KEY: {"data": key(limit=100, limit_remaining=74.5, limit_reset="monthly")}}
DOCUMENTED_ACCOUNT = {
    KEY: {"data": key(is_management_key=True)},
    CREDITS: {"data": {"total_credits": 100.5, "total_usage": 25.75}},
    KEYS: {"data": [{"hash": "a", "name": "search", **key()}]},
    ACTIVITY: {"data": [row("2026-05-19", 0.015)]},
}


async def test_a_key_tells_its_own_windows(server: Server) -> None:
    server.replies[KEY] = Reply({"data": key()})

    async with polled("openrouter", server) as source:
        seen = await source.fetch(NOW)

    assert costs(seen) == {
        "forever": Decimal("433.28"),
        day(20): Decimal("3.4"),
        WEEK: Decimal("5.5"),
        MONTH: Decimal("45.457405021"),
    }
    assert seen.quota == Quota(None, None)
    assert seen.balance is None
    assert {request.path for request in server.requests} == {KEY}


@pytest.mark.parametrize(
    ("told", "used", "reached"),
    [
        ({"limit": 500, "limit_remaining": 454.5, "limit_reset": "monthly"}, "45.5", False),
        ({"limit": 500, "limit_remaining": -5, "limit_reset": "monthly"}, "505", True),
        ({"limit": 500, "limit_remaining": 0, "limit_reset": None}, "500", True),
        ({"limit": 500, "limit_reset": "monthly"}, "45.457405021", False),
        ({"limit": 500, "limit_reset": "daily"}, "3.4", False),
        ({"limit": 500}, "433.28", False),
    ],
)
async def test_a_limit_counts_from_its_own_reset(server: Server, told: Any, used: str, reached: bool) -> None:  # noqa: FBT001
    server.replies[KEY] = Reply({"data": key(**told)})

    async with polled("openrouter", server) as source:
        quota = (await source.fetch(NOW)).quota

    assert quota == Quota(Money(Decimal(used), "USD"), Money(Decimal(500), "USD"), reached)


async def test_an_older_answer_tells_the_lifetime_only(server: Server) -> None:
    server.replies[KEY] = Reply({"data": {"limit": 20, "usage": 5}})

    async with polled("openrouter", server) as source:
        assert costs(await source.fetch(NOW)) == {"forever": 5}


async def test_a_management_key_tells_the_whole_account(server: Server) -> None:
    manages(server, row("2026-05-19", 12.345), row("2026-05-19", 0.005, "x-ai/grok-4"), row("2026-05-02 00:00:00", 50))

    async with polled("openrouter", server) as source:
        seen = await source.fetch(NOW)

    whole = {(r.span, r.key): r.cost.amount for r in seen.readings if r.model is None}
    assert whole[day(19), None] == Decimal("12.350")
    assert whole[day(18), None] == 0, "a day without a row before one that has some cost nothing"
    assert whole[day(20), None] == Decimal("3.4"), "today is not among the days, and comes from the keys"
    assert whole[day(20), "search"] == Decimal("3.4")
    assert whole[MONTH, None] == Decimal("65.75")
    assert whole[MONTH, "search"] == Decimal("45.457405021")
    assert costs(seen, "x-ai/grok-4") == {day(19): Decimal("0.005")}
    assert seen.balance == Money(Decimal("49.75"), "USD")
    assert seen.error is None


async def test_models_and_keys_are_parts_and_never_added_to_the_whole(server: Server) -> None:
    manages(server, row("2026-05-19", 12), row("2026-05-18", 30))

    async with polled("openrouter", server) as source:
        spend = Spend("USD").record(await source.fetch(NOW), NOW)

    assert spent(spend, MONTH) == Money(Decimal("45.457405021"), "USD")
    assert spent(spend, MONTH, key="search") == Money(Decimal("45.457405021"), "USD")
    assert spent(spend, MONTH, model="openai/gpt-4.1") == Money(Decimal(42), "USD")
    assert spent(spend, MONTH, model="another") is None
    assert spent(spend, WEEK) == Money(Decimal("45.4"), "USD")


async def test_money_of_deleted_keys_stays_in_the_month_and_that_of_an_untold_day_too(server: Server) -> None:
    manages(server, row("2026-05-05", 90))
    async with polled("openrouter", server) as source:
        deleted = await source.fetch(NOW)

    manages(server)
    async with polled("openrouter", server) as source:
        untold = await source.fetch(NOW)

    assert costs(deleted)[MONTH] == Decimal("93.4")
    assert costs(untold)[MONTH] == Decimal("45.457405021")
    assert day(19) not in costs(untold), "yesterday may only be late"


async def test_the_older_word_for_a_management_key_is_known(server: Server) -> None:
    manages(server)
    server.replies[KEY] = Reply({"data": {"usage": 0, "is_provisioning_key": True}})

    async with polled("openrouter", server) as source:
        assert (await source.fetch(NOW)).balance == Money(Decimal("49.75"), "USD")


async def test_a_row_of_today_would_be_the_same_money_as_the_keys(server: Server) -> None:
    manages(server, row("2026-05-20", 3.4), row("2026-05-19", 90))

    async with polled("openrouter", server) as source:
        seen = await source.fetch(NOW)

    assert costs(seen)[MONTH] == Decimal("93.4")
    assert costs(seen)[day(20)] == Decimal("3.4")


async def test_keys_are_read_to_the_last_page_and_those_of_one_name_add_up(server: Server) -> None:
    every: list[object] = [{"hash": f"{n}", "name": f"key {n % 150}", **key(usage_daily=1)} for n in range(250)]

    def page(request: Request) -> Reply:
        offset = int(request.query["offset"])
        return Reply({"data": every[offset : offset + 100]})

    manages(server, keys=every)
    server.replies[KEYS] = page

    async with polled("openrouter", server) as source:
        seen = await source.fetch(NOW)

    today = {r.key: r.cost.amount for r in seen.readings if r.span == day(20)}
    assert today.pop(None) == 250
    assert today == {f"key {n}": 2 if n < 100 else 1 for n in range(150)}


async def test_a_server_that_ignores_the_offset_is_not_asked_for_ever(server: Server) -> None:
    manages(server)
    server.replies[KEYS] = Reply({"data": [{"hash": "a", "name": "search", **key()}]})

    async with polled("openrouter", server) as source:
        assert costs(await source.fetch(NOW))[day(20)] == Decimal("3.4")

    assert len(server.asked(KEYS)) == 2


async def test_past_days_are_asked_for_once_an_hour(server: Server) -> None:
    manages(server, row("2026-05-19", 12))

    async with polled("openrouter", server) as source:
        for minutes in (0, 1, 59, 60):
            seen = await source.fetch(NOW + timedelta(minutes=minutes))
            assert costs(seen)[day(19)] == 12

    assert len(server.asked(ACTIVITY)) == 2


async def test_an_account_that_may_not_read_its_keys_tells_its_lifetime(server: Server) -> None:
    manages(server, row("2026-05-19", 12))
    server.replies[KEYS] = Reply({"error": {"code": 403, "message": "no"}}, 403)

    async with polled("openrouter", server) as source:
        seen = await source.fetch(NOW)

    assert costs(seen) == {"forever": Decimal("450.75")}
    assert isinstance(seen.error, SourceRefused)


async def test_keys_that_do_not_answer_just_now_are_an_outage(server: Server) -> None:
    manages(server, row("2026-05-19", 12))
    server.replies[KEYS] = Reply({"error": {"code": 500, "message": "Internal Server Error"}}, 500)

    async with polled("openrouter", server) as source:
        with pytest.raises(SourceUnavailable):
            await source.fetch(NOW)


async def test_an_account_of_the_free_tier_has_no_empty_purse(server: Server) -> None:
    manages(server)
    server.replies[CREDITS] = Reply({"data": {"total_credits": 0, "total_usage": 0}})

    async with polled("openrouter", server) as source:
        assert (await source.fetch(NOW)).balance is None


@pytest.mark.parametrize("keys", [[], [{"hash": "a", "name": "search", **key()}, {"hash": "b", "usage": 3}]])
async def test_an_unknown_day_does_not_look_as_if_it_cost_nothing(server: Server, keys: list[object]) -> None:
    manages(server, row("2026-05-19", 12), keys=keys)

    async with polled("openrouter", server) as source:
        seen = await source.fetch(NOW)

    assert {r.span: r.cost.amount for r in seen.readings if r.key is None} == {FOREVER: Decimal("450.75")}


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([row("2026-02-31", 1)], r"data\.date is no day"),
        ([row("2026-05-19", None)], "usage"),
        ([row("2026-05-19", -1)], "usage is negative"),
        (["2026-05-19"], "data holds text"),
    ],
)
async def test_a_day_that_cannot_be_read_stands_beside_the_rest(
    server: Server, rows: list[object], reason: str
) -> None:
    manages(server, *rows)

    async with polled("openrouter", server) as source:
        seen = await source.fetch(NOW)

    assert isinstance(seen.error, SourceDrifted)
    assert re.search(reason, str(seen.error))
    assert costs(seen)[MONTH] == Decimal("45.457405021")


async def test_rows_that_look_alike_are_different_money(server: Server) -> None:
    manages(server, row("2026-05-19", 1), row("2026-05-19", 1))

    async with polled("openrouter", server) as source:
        seen = await source.fetch(NOW)

    reading = next(r for r in seen.readings if r.span == day(19) and r.model is None)
    assert reading.cost == Money(Decimal(2), "USD")
    assert (reading.tokens, reading.requests) == (350, 10)


@pytest.mark.parametrize(("body", "where"), [({"data": {}}, r"data\.usage"), ({}, "data"), ({"data": []}, "data")])
async def test_a_key_without_its_usage_is_drift(server: Server, body: object, where: str) -> None:
    server.replies[KEY] = Reply(body)

    async with polled("openrouter", server) as source:
        with pytest.raises(SourceDrifted, match=where):
            await source.fetch(NOW)


async def test_a_key_that_may_not_manage_is_told_which_may(server: Server) -> None:
    manages(server)
    server.replies[CREDITS] = Reply({"error": {"code": 403, "message": "Only management keys can do this"}}, 403)

    async with polled("openrouter", server) as source:
        with pytest.raises(SourceRefused, match=r"Only management keys.*management key from"):
            await source.fetch(NOW)


async def test_credits_that_ran_out_are_a_limit_that_is_reached(server: Server) -> None:
    server.replies[KEY] = Reply({"error": {"code": 402, "message": "Insufficient credits"}}, 402)

    async with polled("openrouter", server) as source:
        assert (await source.fetch(NOW)).quota == Quota(None, None, reached=True)


@given(st.lists(st.tuples(st.integers(1, 19), st.sampled_from("abc"), st.decimals(0, 1000, places=9)), max_size=12))
def test_days_and_models_add_up_to_the_same_whole(told: list[tuple[int, str, Decimal]]) -> None:
    found = activity({"data": [row(f"2026-05-{number:02}", cost, model) for number, model, cost in told]})

    spent = sum((cost for _, _, cost in told), Decimal(0))
    assert sum((figure.cost for part, figure in found.items() if part.whole), Decimal(0)) == spent
    assert sum((figure.cost for part, figure in found.items() if part.model), Decimal(0)) == spent
