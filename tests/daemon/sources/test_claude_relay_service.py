"""claude-relay-service as a kind of its own: its statistics, never its usage."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.core.errors import SourceDrifted, SourceRefused, SourceUnavailable
from monitor.core.money import Money
from monitor.core.spending.readings import Quota
from monitor.core.windows import Window
from tests.daemon.servers import Reply, Request, Server
from tests.daemon.sources.accounts import KEY, NOW, costs, polled

STATS, MODELS = "/apiStats/api/user-stats", "/apiStats/api/user-model-stats"
KIND = "claude-relay-service"
TODAY = Window(datetime(2026, 5, 19, 16, tzinfo=UTC), datetime(2026, 5, 20, 16, tzinfo=UTC))
MONTH = Window(datetime(2026, 4, 30, 16, tzinfo=UTC), datetime(2026, 5, 31, 16, tzinfo=UTC))


def stats(total: object = 31.5, today: object = 4.25, **limits: object) -> dict[str, Any]:
    used = {"currentDailyCost": today, "currentTotalCost": total, "weeklyOpusCost": 2}
    none = {"dailyCostLimit": 0, "totalCostLimit": 0, "weeklyOpusCostLimit": 0, "rateLimitCost": 0.01}
    usage = {"total": {"allTokens": 20100, "requests": 3, "cost": total, "formattedCost": "$31.5"}}
    return {"success": True, "data": {"id": "k", "expiresAt": "", "usage": usage, "limits": {**none, **used, **limits}}}


def model(name: str, rated: object, **more: object) -> dict[str, Any]:
    costs = {"input": 0.01, "total": 9, "real": 9, "rated": rated}
    return {"model": name, "requests": 2, "allTokens": 13400, "costs": costs, **more}


def models(monthly: list[Any], daily: list[Any]) -> Any:
    def answer(request: Request) -> Reply:
        period = json.loads(request.body)["period"]
        return Reply({"success": True, "data": monthly if period == "monthly" else daily, "period": period})

    return answer


DOCUMENTED = {
    STATS: stats(dailyCostLimit=5, totalCostLimit=100),
    MODELS: {"success": True, "data": [model("claude-sonnet-4-5", 4.25)], "period": "daily"},
}


async def test_a_key_tells_today_and_the_month_by_model(server: Server) -> None:
    server.replies[STATS] = Reply(stats())
    server.replies[MODELS] = models([model("sonnet", 20), model("opus", 5.5)], [model("sonnet", 4.25)])

    async with polled(KIND, server) as source:
        seen = await source.fetch(NOW)

    assert costs(seen) == {TODAY: Decimal("4.25"), MONTH: Decimal("25.5")}, "its days begin at midnight of UTC+8"
    assert costs(seen, "sonnet") == {TODAY: Decimal("4.25"), MONTH: 20}
    assert costs(seen, "opus") == {MONTH: Decimal("5.5")}
    assert seen.error is None


async def test_what_is_asked_is_no_request_of_the_key(server: Server) -> None:
    server.replies[STATS] = Reply(stats())
    server.replies[MODELS] = models([], [])

    async with polled(KIND, server, base_url=f"{server.origin}/api") as source:
        await source.fetch(NOW)

    assert {(request.method, request.path) for request in server.requests} == {("POST", STATS), ("POST", MODELS)}
    assert {json.loads(request.body)["apiKey"] for request in server.requests} == {KEY}


async def test_older_versions_tell_one_cost_of_a_model(server: Server) -> None:
    server.replies[STATS] = Reply(stats(today=3))
    server.replies[MODELS] = Reply({"success": True, "data": [{"model": "sonnet", "cost": "3.000000001"}]})

    async with polled(KIND, server) as source:
        assert costs(await source.fetch(NOW), "sonnet") == {
            TODAY: Decimal("3.000000001"),
            MONTH: Decimal("3.000000001"),
        }


async def test_a_month_that_is_less_than_its_last_day_is_not_believed(server: Server) -> None:
    server.replies[STATS] = Reply(stats())
    server.replies[MODELS] = models([], [])

    async with polled(KIND, server) as source:
        assert costs(await source.fetch(NOW)) == {TODAY: Decimal("4.25"), "forever": Decimal("31.5")}


@pytest.mark.parametrize(
    ("limits", "used", "limit"),
    [
        ({"dailyCostLimit": 5, "totalCostLimit": 100}, "4.25", 5),
        ({"dailyCostLimit": 500, "totalCostLimit": 40}, "31.5", 40),
        ({"weeklyOpusCostLimit": 2}, "2", 2),
        ({"dailyCostLimit": 4}, "4.25", 4),
        ({}, "31.5", None),
    ],
)
async def test_the_limit_that_will_refuse_first_is_the_quota(
    server: Server, limits: dict[str, object], used: str, limit: int | None
) -> None:
    server.replies[STATS] = Reply(stats(**limits))
    server.replies[MODELS] = models([], [])

    async with polled(KIND, server) as source:
        quota = (await source.fetch(NOW)).quota

    assert quota == Quota(Money(Decimal(used), "USD"), None if limit is None else Money(Decimal(limit), "USD"))


async def test_without_models_the_rest_is_told_and_what_failed(server: Server) -> None:
    server.replies[STATS] = Reply(stats())
    server.replies[MODELS] = Reply({"error": "Internal server error"}, 500)

    async with polled(KIND, server) as source:
        seen = await source.fetch(NOW)

    assert costs(seen) == {TODAY: Decimal("4.25"), "forever": Decimal("31.5")}
    assert isinstance(seen.error, SourceUnavailable)


async def test_the_zone_can_be_another(server: Server) -> None:
    server.replies[STATS] = Reply(stats())
    server.replies[MODELS] = models([], [])

    async with polled(KIND, server, timezone=ZoneInfo("America/New_York")) as source:
        seen = await source.fetch(NOW)

    start = datetime(2026, 5, 20, 4, tzinfo=UTC)
    assert Window(start, start + timedelta(days=1)) in costs(seen)


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (Reply({"error": "Invalid API key", "message": "API key not found"}, 401), SourceRefused, "API key not found"),
        (Reply({"error": "Not Found"}, 404), SourceDrifted, "not how claude-relay-service answers: check MONITOR"),
        (Reply({"success": True, "data": {"usage": {}}}), SourceDrifted, "not how claude-relay-service answers"),
        (Reply(stats(total=-1)), SourceDrifted, r"usage\.total\.cost is negative"),
        (Reply(stats(today="n/a")), SourceDrifted, r"currentDailyCost is text"),
    ],
)
async def test_what_is_not_understood_is_said(server: Server, reply: Reply, kind: type[Exception], reason: str) -> None:
    server.replies[STATS] = reply

    async with polled(KIND, server) as source:
        with pytest.raises(kind, match=reason):
            await source.fetch(NOW)
