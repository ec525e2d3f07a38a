"""Relay programs behind the same address are recognised by their shape."""

import json
from typing import Any

import pytest

from monitor.core.errors import SourceDrifted, SourceRefused, SourceUnavailable
from monitor.core.money import Money
from monitor.core.spending.readings import Quota
from monitor.daemon.sources.shapes.numbers import number
from tests.daemon.servers import Reply, Request, Server
from tests.daemon.sources.accounts import KEY, MONTH, NOW, account, costs, day, opened

TOKENS = {"inputTokens": 11, "outputTokens": 4, "allTokens": 15, "requests": 2}
RELAY_SERVICE = {
    "usage": {"total": TOKENS, "daily": TOKENS, "monthly": TOKENS, "averages": {"rpm": 0}, "recentRecords": []},
    "limits": {"tokens": 0, "requests": 0},
}


def user_stats(**limits: object) -> Any:
    return {
        "success": True,
        "data": {
            "name": "k",
            "usage": {"total": {**TOKENS, "cost": 31.5}},
            "limits": {"dailyCostLimit": 0, "totalCostLimit": 0, "currentDailyCost": 4.25, "currentTotalCost": 31.5}
            | limits,
        },
    }


def usd(amount: str) -> Money:
    return Money(number(amount, "amount"), "USD")


async def test_sub2api_counts_what_is_deducted_and_not_the_list_price(server: Server) -> None:
    server.replies["/v1/usage"] = Reply(
        {
            "mode": "quota_limited",
            "isValid": True,
            "unit": "USD",
            "quota": {"limit": 90, "used": 33, "remaining": 57, "unit": "USD"},
            "rate_limits": [{"window": "5h", "limit": 20, "used": 6}, {"window": "7d", "limit": 99, "used": 30}],
            "usage": {"today": {"cost": 9, "actual_cost": 2.5}, "total": {"cost": 99, "actual_cost": 33}},
        }
    )

    async with opened(account(server)) as source:
        seen = await source.fetch(NOW)

    assert costs(seen) == {day(20): usd("2.5").amount, "forever": 33}
    assert seen.quota == Quota(usd("33"), usd("90"))
    assert source.recognised == "sub2api"


async def test_sub2api_subscriptions_tell_day_and_month(server: Server) -> None:
    plan = {"daily_usage_usd": 3, "weekly_usage_usd": 20, "monthly_usage_usd": 61, "monthly_limit_usd": 60}
    rows = [{"date": "2026-05-19", "cost": 80, "actual_cost": "20.5"}]
    server.replies["/v1/usage"] = Reply({"mode": "unrestricted", "subscription": plan, "daily_usage": rows})

    async with opened(account(server)) as source:
        seen = await source.fetch(NOW)

    assert costs(seen) == {MONTH: 61, day(19): usd("20.5").amount, day(20): 3}
    assert seen.quota == Quota(usd("61"), usd("60"))


async def test_sub2api_wallets_tell_what_is_left(server: Server) -> None:
    server.replies["/v1/usage"] = Reply({"mode": "unrestricted", "isValid": True, "remaining": 8, "balance": "8.5"})

    async with opened(account(server)) as source:
        seen = await source.fetch(NOW)

    assert seen.balance == usd("8.5")
    assert not seen.readings


async def test_claude_relay_service_is_asked_for_its_statistics_only_once_known(server: Server) -> None:
    server.replies["/v1/usage"] = Reply(RELAY_SERVICE)
    server.replies["/apiStats/api/user-stats"] = Reply(user_stats(dailyCostLimit=5))

    async with opened(account(server)) as source:
        seen = [await source.fetch(NOW) for _ in range(2)][-1]

    assert costs(seen) == {"forever": usd("31.5").amount, day(20): usd("4.25").amount}
    assert seen.quota == Quota(usd("4.25"), usd("5"))
    assert source.recognised == "claude-relay-service"
    assert len(server.asked("/v1/usage")) == 1, "its usage endpoint counts as a request of the key"
    assert json.loads(server.requests[-1].body) == {"apiKey": KEY}


async def test_claude_relay_service_without_statistics_is_drifted(server: Server) -> None:
    server.replies["/v1/usage"] = Reply(RELAY_SERVICE)

    async with opened(account(server)) as source:
        with pytest.raises(SourceDrifted, match="tokens and no cost"):
            await source.fetch(NOW)


async def test_the_key_is_put_into_a_body_only_where_the_shape_asks_for_it(server: Server) -> None:
    async with opened(account(server)) as source:
        with pytest.raises(SourceDrifted, match="404"):
            await source.fetch(NOW)

    assert "POST" not in {request.method for request in server.requests}


async def test_the_billing_pair_counts_in_hundredths_for_all_time(server: Server) -> None:
    server.replies["/v1/dashboard/billing/subscription"] = Reply(
        {"object": "billing_subscription", "hard_limit_usd": 80, "access_until": 0}
    )
    server.replies["/v1/dashboard/billing/usage"] = Reply({"object": "list", "total_usage": 1234.5})

    async with opened(account(server)) as source:
        seen = [await source.fetch(NOW) for _ in range(2)][-1]

    assert costs(seen) == {"forever": usd("12.345").amount}
    assert seen.quota == Quota(usd("12.345"), usd("80"))
    assert len(server.asked("/v1/usage")) == 1


@pytest.mark.parametrize("limit", [100000000, 999999, 0])
async def test_the_billing_pair_says_unlimited_by_a_large_limit(server: Server, limit: int) -> None:
    server.replies["/v1/dashboard/billing/subscription"] = Reply({"hard_limit_usd": limit})
    server.replies["/v1/dashboard/billing/usage"] = Reply({"object": "list", "total_usage": 100})

    async with opened(account(server)) as source:
        assert (await source.fetch(NOW)).quota == Quota(usd("1"), None)


@pytest.mark.parametrize(("per_unit", "cost"), [(None, "3"), (250000, "6")])
async def test_new_api_counts_in_units(server: Server, per_unit: int | None, cost: str) -> None:
    server.replies["/v1/usage"] = Reply(b"<!doctype html>")
    server.replies["/api/usage/token/"] = Reply(
        {
            "code": True,
            "data": {"object": "token_usage", "total_granted": 5000000, "total_used": 1500000, "unlimited_quota": True},
        }
    )
    if per_unit:
        server.replies["/api/status"] = Reply({"success": True, "data": {"quota_per_unit": per_unit}})

    async with opened(account(server)) as source:
        seen = await source.fetch(NOW)

    assert costs(seen) == {"forever": usd(cost).amount}
    assert seen.quota == Quota(usd(cost), None)
    assert source.recognised == "new-api token"


async def test_nothing_found_is_looked_for_once_a_day(server: Server) -> None:
    async with opened(account(server)) as source:
        for _ in range(3):
            with pytest.raises(SourceDrifted):
                await source.fetch(NOW)

    assert len(server.asked("/v1/dashboard/billing/subscription")) == 1


@pytest.mark.parametrize(("status", "kind"), [(401, SourceRefused), (503, SourceUnavailable)])
async def test_the_most_telling_failure_is_raised(server: Server, status: int, kind: type[Exception]) -> None:
    server.replies["/v1/dashboard/billing/subscription"] = Reply(b"", status)

    async with opened(account(server)) as source:
        with pytest.raises(kind):
            await source.fetch(NOW)


async def test_a_known_shape_that_turns_into_a_page_does_not_become_another_program(server: Server) -> None:
    answers = iter([Reply({"month_cost": 5}), Reply(b"<html>"), Reply({"month_cost": 6})])

    def answer(_: Request) -> Reply:
        return next(answers)

    server.replies["/v1/usage"] = answer

    async with opened(account(server)) as source:
        await source.fetch(NOW)
        with pytest.raises(SourceDrifted, match="HTML"):
            await source.fetch(NOW)
        assert costs(await source.fetch(NOW)) == {MONTH: 6}

    assert not server.asked("/v1/dashboard/billing/subscription")
