"""StepFun's balance, in the currency of its address."""

from decimal import Decimal

import pytest

from monitor.core.errors import SourceDrifted
from monitor.core.money import Money
from monitor.daemon.sources import SOURCES
from tests.daemon.servers import Reply, Server
from tests.daemon.sources.accounts import NOW, polled

PATH = "/v1/accounts"
ACCOUNT = {
    "object": "account",
    "type": "prepaid",
    "balance": 95.07,
    "total_cash_balance": 100,
    "total_voucher_balance": 15,
}
DOCUMENTED = {PATH: ACCOUNT}


async def test_what_can_be_spent_is_the_balance(server: Server) -> None:
    server.replies[PATH] = Reply(ACCOUNT)

    async with polled("stepfun", server, currency="CNY") as source:
        seen = await source.fetch(NOW)

    assert seen.balance == Money(Decimal("95.07"), "CNY")
    assert not seen.readings


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({**ACCOUNT, "type": "postpaid", "balance": 0}, "pays afterwards"),
        ({"object": "account", "type": "prepaid"}, "nothing stands at balance"),
        ({**ACCOUNT, "balance": None}, "nothing stands at balance"),
    ],
)
async def test_no_balance_is_no_zero(server: Server, body: object, reason: str) -> None:
    server.replies[PATH] = Reply(body)

    async with polled("stepfun", server) as source:
        with pytest.raises(SourceDrifted, match=reason):
            await source.fetch(NOW)


@pytest.mark.parametrize(("address", "currency"), [(None, "CNY"), ("https://api.stepfun.ai/v1", "USD")])
def test_the_chinese_address_has_yuan(address: str | None, currency: str) -> None:
    assert SOURCES["stepfun"].currency(address) == currency
