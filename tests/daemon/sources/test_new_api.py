"""new-api as a kind of its own: quota units, of a key or of its user."""

from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from monitor.core.errors import SettingsError, SourceDrifted, SourceRefused
from monitor.core.money import Money
from monitor.core.spending.readings import Quota
from monitor.daemon.settings import load_settings
from tests.daemon.servers import Reply, Server
from tests.daemon.sources.accounts import KEY, NOW, costs, polled

TOKEN, USER, STATUS = "/api/usage/token/", "/api/user/self", "/api/status"


def token(**more: object) -> dict[str, Any]:
    data = {"object": "token_usage", "name": "k", "total_granted": 5000000, "total_used": 1500001, "expires_at": 0}
    return {
        "code": True,
        "message": "ok",
        "data": {**data, "total_available": 3499999, "unlimited_quota": False, **more},
    }


def status(units: object) -> dict[str, Any]:
    return {"success": True, "data": {"quota_per_unit": units, "quota_display_type": "CNY", "usd_exchange_rate": 7.3}}


DOCUMENTED = {TOKEN: token(), STATUS: status(500000)}
DOCUMENTED_USER = {
    USER: {
        "success": True,
        "message": "",
        "data": {"id": 7, "quota": 1500000, "used_quota": 250001, "request_count": 9},
    },
    STATUS: status(500000),
}


@pytest.mark.parametrize(("units", "dollars"), [(None, "3.000002"), (500000, "3.000002"), (250000, "6.000004")])
async def test_units_are_dollars_at_the_servers_own_rate(server: Server, units: int | None, dollars: str) -> None:
    server.replies[TOKEN] = Reply(DOCUMENTED[TOKEN])
    if units:
        server.replies[STATUS] = Reply(status(units))

    async with polled("new-api", server) as source:
        seen = await source.fetch(NOW)

    assert costs(seen) == {"forever": Decimal(dollars)}
    granted = Decimal(5000000) / (units or 500000)
    assert seen.quota == Quota(Money(Decimal(dollars), "USD"), Money(granted, "USD"))
    assert seen.balance == Money(granted - Decimal(dollars), "USD")


async def test_an_unlimited_key_has_no_limit_and_no_debt(server: Server) -> None:
    server.replies[TOKEN] = Reply(
        token(total_granted=0, total_used=27099744, total_available=-27099744, unlimited_quota=True)
    )

    async with polled("new-api", server) as source:
        seen = await source.fetch(NOW)

    assert seen.quota == Quota(Money(Decimal("54.199488"), "USD"), None)
    assert seen.balance is None


async def test_a_key_that_used_more_than_it_has_has_nothing_left(server: Server) -> None:
    server.replies[TOKEN] = Reply(token(total_used=5000100, total_available=-100))

    async with polled("new-api", server) as source:
        assert (await source.fetch(NOW)).balance == Money(Decimal(0), "USD")


async def test_with_a_user_all_of_the_users_keys_are_told(server: Server) -> None:
    server.replies.update({path: Reply(body) for path, body in DOCUMENTED_USER.items()})

    async with polled("new-api", server, fields={"user": "7"}) as source:
        seen = await source.fetch(NOW)

    assert costs(seen) == {"forever": Decimal("0.500002")}
    assert seen.readings[0].requests == 9
    assert seen.balance == Money(Decimal(3), "USD")
    assert server.requests[0].headers["new-api-user"] == "7"
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(("user", "right"), [("7", True), ("me", False), ("\u0667", False), ("7\r\nX: y", False)])
def test_a_user_is_a_number(user: str, right: bool) -> None:  # noqa: FBT001
    environ = {
        "MONITOR_SOURCES__RELAY__KIND": "new-api",
        "MONITOR_SOURCES__RELAY__API_KEY": "t",
        "MONITOR_SOURCES__RELAY__BASE_URL": "https://relay.example.com/v1",
        "MONITOR_SOURCES__RELAY__FIELDS__USER": user,
    }

    with nullcontext() if right else pytest.raises(SettingsError, match="FIELDS__USER is not the number of a user"):
        load_settings(environ, secrets_dir=Path("/nonexistent"))


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (Reply({"error": {"message": "无效的令牌", "type": "new_api_error"}}, 401), SourceRefused, "new_api_error"),
        (Reply({"success": False, "message": "invalid token"}), SourceRefused, "invalid token"),
        (Reply({"code": False, "message": "No such thing"}), SourceDrifted, "No such thing"),
        (Reply(b"<!doctype html><title>app</title>"), SourceDrifted, "an HTML page"),
        (Reply(token(total_used=None)), SourceDrifted, "not how new-api answers"),
        (Reply(token(total_used=-5)), SourceDrifted, "total_used is negative"),
        (Reply(token(total_available="much")), SourceDrifted, "total_available is text"),
    ],
)
async def test_what_is_not_understood_is_said(server: Server, reply: Reply, kind: type[Exception], reason: str) -> None:
    server.replies[TOKEN] = reply

    async with polled("new-api", server) as source:
        with pytest.raises(kind, match=reason):
            await source.fetch(NOW)


@pytest.mark.parametrize("units", [0, -1, "many", True])
async def test_units_of_no_worth_are_drift_and_not_a_fortune(server: Server, units: object) -> None:
    server.replies[TOKEN] = Reply(DOCUMENTED[TOKEN])
    server.replies[STATUS] = Reply(status(units))

    async with polled("new-api", server) as source:
        with pytest.raises(SourceDrifted, match="quota_per_unit"):
            await source.fetch(NOW)
