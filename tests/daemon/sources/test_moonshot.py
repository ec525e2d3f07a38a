"""Moonshot's balance, whose currency is that of the address."""

from decimal import Decimal
from pathlib import Path

import pytest

from monitor.core.errors import SourceDrifted, SourceRefused
from monitor.core.money import Money
from monitor.core.spending.readings import Quota
from monitor.daemon.settings import load_settings
from tests.daemon.servers import Reply, Server
from tests.daemon.sources.accounts import NOW, polled

PATH = "/v1/users/me/balance"


def told(available: object, code: int = 0) -> dict[str, object]:
    data = {"available_balance": available, "voucher_balance": 4, "cash_balance": -1.5}
    return {"code": code, "data": data, "scode": "0x0", "status": True}


DOCUMENTED = {PATH: told(49.58894)}


async def test_what_is_available_is_the_balance(server: Server) -> None:
    server.replies[PATH] = Reply(DOCUMENTED[PATH])

    async with polled("moonshot", server) as source:
        seen = await source.fetch(NOW)

    assert seen.balance == Money(Decimal("49.58894"), "USD")
    assert seen.quota == Quota(None, None)


@pytest.mark.parametrize("available", [0, -0.25])
async def test_nothing_available_is_a_limit_that_is_reached(server: Server, available: float) -> None:
    server.replies[PATH] = Reply(told(available))

    async with polled("moonshot", server) as source:
        seen = await source.fetch(NOW)

    assert seen.quota == Quota(None, None, reached=True)
    assert seen.balance == Money(Decimal(str(available)), "USD")


async def test_a_refusal_with_status_200_is_a_refusal_and_no_zero(server: Server) -> None:
    server.replies[PATH] = Reply({**told(0, code=401), "scode": "unauthorized", "status": False})

    async with polled("moonshot", server) as source:
        with pytest.raises(SourceRefused, match="unauthorized"):
            await source.fetch(NOW)


async def test_a_missing_balance_is_drift(server: Server) -> None:
    server.replies[PATH] = Reply({"code": 0, "data": {"voucher_balance": 4}})

    async with polled("moonshot", server) as source:
        with pytest.raises(SourceDrifted, match=r"nothing stands at data\.available_balance"):
            await source.fetch(NOW)


@pytest.mark.parametrize(("host", "currency"), [("api.moonshot.cn", "CNY"), ("api.moonshot.ai", "USD")])
def test_the_chinese_platform_bills_in_yuan(host: str, currency: str) -> None:
    environ = {"MOONSHOT_API_KEY": "sk-a", "MONITOR_SOURCES__MOONSHOT__BASE_URL": f"https://{host}/v1"}

    settings = load_settings(environ, secrets_dir=Path("/nonexistent"))

    assert [source.currency for source in settings.sources] == [currency]
