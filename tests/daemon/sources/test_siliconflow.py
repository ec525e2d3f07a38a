"""SiliconFlow's balance: all of it, not the part that was given."""

from decimal import Decimal

import pytest

from monitor.core.errors import SourceDrifted, SourceRefused
from monitor.core.money import Money
from tests.daemon.servers import Reply, Server
from tests.daemon.sources.accounts import NOW, polled

PATH = "/v1/user/info"
DATA = {"id": "u", "balance": "0.88", "chargeBalance": "88.00", "totalBalance": "88.88", "status": "normal"}
DOCUMENTED = {PATH: {"code": 20000, "message": "OK", "status": True, "data": DATA}}


async def test_the_total_is_the_balance(server: Server) -> None:
    server.replies[PATH] = Reply(DOCUMENTED[PATH])

    async with polled("siliconflow", server, currency="CNY") as source:
        seen = await source.fetch(NOW)

    assert seen.balance == Money(Decimal("88.88"), "CNY")
    assert not seen.readings


async def test_a_missing_total_is_drift(server: Server) -> None:
    server.replies[PATH] = Reply({"code": 20000, "data": {"balance": "0.88"}})

    async with polled("siliconflow", server) as source:
        with pytest.raises(SourceDrifted, match=r"nothing stands at data\.totalBalance"):
            await source.fetch(NOW)


async def test_an_error_with_status_200_is_an_error(server: Server) -> None:
    server.replies[PATH] = Reply({"code": 40001, "message": "Invalid token", "data": DATA})

    async with polled("siliconflow", server) as source:
        with pytest.raises(SourceRefused, match="Invalid token"):
            await source.fetch(NOW)
