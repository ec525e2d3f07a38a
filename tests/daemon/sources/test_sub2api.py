"""sub2api as a kind of its own: what is deducted, and only the days that are asked for."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.core.errors import SourceDrifted, SourceRefused
from monitor.core.money import Money
from monitor.core.spending.readings import Quota
from tests.daemon.servers import Reply, Server
from tests.daemon.sources.accounts import MONTH, NOW, costs, day, polled

PATH = "/v1/usage"
USAGE = {"today": {"requests": 4, "cost": 9, "actual_cost": 2.5}, "total": {"cost": 99, "actual_cost": 33}}
ROWS = [
    {"date": "2026-05-19", "cost": 60, "actual_cost": "20.5", "cache_write_tokens": 1},
    {"date": "2026-05-20", "cost": 9, "actual_cost": 2.5},
]
DOCUMENTED: dict[str, Any] = {
    PATH: {
        "object": "sub2api.usage",
        "schema_version": 1,
        "mode": "quota_limited",
        "isValid": True,
        "status": "active",
        "unit": "USD",
        "quota": {"limit": 90, "used": 33, "remaining": 57, "unit": "USD"},
        "rate_limits": [{"window": "5h", "limit": 20, "used": 6, "window_start": None}],
        "usage": USAGE,
        "daily_usage": ROWS,
        "model_stats": [{"model": "claude-sonnet-4-5", "cost": 69, "actual_cost": 23}],
    }
}


async def test_what_is_deducted_counts_by_day_and_model(server: Server) -> None:
    server.replies[PATH] = Reply(DOCUMENTED[PATH])

    async with polled("sub2api", server) as source:
        seen = await source.fetch(NOW)

    assert costs(seen) == {day(19): Decimal("20.5"), day(20): Decimal("2.5")}
    assert costs(seen, "claude-sonnet-4-5") == {MONTH: 23}
    assert seen.quota == Quota(Money(Decimal(33), "USD"), Money(Decimal(90), "USD"))


async def test_this_month_is_asked_for_in_the_accounts_zone(server: Server) -> None:
    server.replies[PATH] = Reply(DOCUMENTED[PATH])

    async with polled("sub2api", server, base_url=server.origin, timezone=ZoneInfo("Asia/Shanghai")) as source:
        await source.fetch(NOW.replace(day=31, hour=20))

    assert server.asked(PATH) == [{"start_date": "2026-06-01", "end_date": "2026-06-01", "timezone": "Asia/Shanghai"}]


async def test_a_wallet_is_a_balance(server: Server) -> None:
    server.replies[PATH] = Reply({"mode": "unrestricted", "isValid": True, "remaining": 42.5, "balance": "42.5"})

    async with polled("sub2api", server) as source:
        seen = await source.fetch(NOW)

    assert seen.balance == Money(Decimal("42.5"), "USD")
    assert not seen.readings


async def test_a_quota_that_is_used_up_is_reached(server: Server) -> None:
    server.replies[PATH] = Reply({**DOCUMENTED[PATH], "status": "quota_exhausted"})

    async with polled("sub2api", server) as source:
        quota = (await source.fetch(NOW)).quota

    assert quota is not None
    assert quota.reached


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (Reply({"mode": "unrestricted", "isValid": False}), SourceRefused, "isValid: false"),
        (
            Reply({"code": "INVALID_API_KEY", "message": "Invalid API key"}, 401),
            SourceRefused,
            "the key that your requests",
        ),
        (Reply({"code": 0, "data": {"total_cost": 1}}), SourceDrifted, "not how sub2api answers"),
        (Reply({}, 404), SourceDrifted, "check MONITOR_SOURCES__ACME__BASE_URL"),
        (Reply({**DOCUMENTED[PATH], "unit": "MYR"}), SourceDrifted, "in MYR, not in USD"),
        (Reply({**DOCUMENTED[PATH], "usage": {"today": {"actual_cost": None, "cost": -1}}}), SourceDrifted, "negative"),
    ],
)
async def test_what_is_not_understood_is_said(server: Server, reply: Reply, kind: type[Exception], reason: str) -> None:
    server.replies[PATH] = reply

    async with polled("sub2api", server) as source:
        with pytest.raises(kind, match=reason):
            await source.fetch(NOW)
