"""Vercel's AI Gateway: what is left, and what was ever used."""

from decimal import Decimal

import pytest

from monitor.core.errors import SourceDrifted
from monitor.core.money import Money
from tests.daemon.servers import Reply, Server
from tests.daemon.sources.accounts import NOW, costs, polled

PATH = "/v1/credits"
DOCUMENTED = {PATH: {"balance": "95.50", "total_used": "4.50"}}


async def test_credit_is_the_balance_and_usage_a_lifetime_counter(server: Server) -> None:
    server.replies[PATH] = Reply(DOCUMENTED[PATH])

    async with polled("vercel", server) as source:
        seen = await source.fetch(NOW)

    assert seen.balance == Money(Decimal("95.50"), "USD")
    assert costs(seen) == {"forever": Decimal("4.50")}


@pytest.mark.parametrize(("used", "left"), [("5", Money(Decimal(0), "USD")), ("0", None)])
async def test_only_credit_that_there_was_can_be_used_up(server: Server, used: str, left: Money | None) -> None:
    server.replies[PATH] = Reply({"balance": "0", "total_used": used})

    async with polled("vercel", server) as source:
        assert (await source.fetch(NOW)).balance == left


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"balance": "95.50"}, "nothing stands at total_used"),
        ({"total_used": "4.50"}, "nothing stands at balance"),
        ({"balance": "95.50", "total_used": "-4.50"}, "total_used is negative"),
        ({"balance": 10**18, "total_used": 1}, "beyond any sense"),
    ],
)
async def test_what_cannot_be_an_amount_is_drift(server: Server, body: object, reason: str) -> None:
    server.replies[PATH] = Reply(body)

    async with polled("vercel", server) as source:
        with pytest.raises(SourceDrifted, match=reason):
            await source.fetch(NOW)


async def test_amounts_in_dollars_are_not_taken_for_another_currency(server: Server) -> None:
    server.replies[PATH] = Reply(DOCUMENTED[PATH])

    async with polled("vercel", server, currency="EUR") as source:
        with pytest.raises(SourceDrifted, match="in USD, not in EUR: set MONITOR_SOURCES__ACME__CURRENCY=USD"):
            await source.fetch(NOW)
