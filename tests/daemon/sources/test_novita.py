"""Novita's balance, in ten-thousandths of a dollar."""

from decimal import Decimal

import pytest

from monitor.core.errors import SourceDrifted
from monitor.core.money import Money
from tests.daemon.servers import Reply, Server
from tests.daemon.sources.accounts import NOW, polled

PATH = "/openapi/v1/billing/balance/detail"
DETAIL = {"availableBalance": "1000001", "cashBalance": "800001", "creditLimit": "200000", "outstandingInvoices": "0"}
DOCUMENTED = {PATH: DETAIL}


async def test_units_are_ten_thousandths_of_a_dollar(server: Server) -> None:
    server.replies[PATH] = Reply(DETAIL)

    async with polled("novita", server, base_url=server.origin) as source:
        seen = await source.fetch(NOW)

    assert seen.balance == Money(Decimal("100.0001"), "USD")
    assert not seen.readings


@pytest.mark.parametrize("body", [{"cashBalance": "1"}, {"availableBalance": "much"}, {"availableBalance": True}])
async def test_no_balance_is_no_zero(server: Server, body: object) -> None:
    server.replies[PATH] = Reply(body)

    async with polled("novita", server) as source:
        with pytest.raises(SourceDrifted, match="availableBalance"):
            await source.fetch(NOW)
