"""DeepSeek's balance, one currency at a time."""

from decimal import Decimal

import pytest

from monitor.core.errors import SourceDrifted, SourceRefused
from monitor.core.money import Money
from monitor.core.spending.readings import Quota
from tests.daemon.servers import Reply, Server
from tests.daemon.sources.accounts import NOW, polled

PATH = "/user/balance"


def row(currency: str, total: object) -> dict[str, object]:
    return {"currency": currency, "total_balance": total, "granted_balance": "1.00", "topped_up_balance": "9.00"}


def told(*rows: object, available: bool = True) -> dict[str, object]:
    return {"is_available": available, "balance_infos": list(rows)}


DOCUMENTED = {PATH: told(row("USD", "12.34"), row("CNY", "100.00"))}


@pytest.mark.parametrize(("currency", "amount"), [("USD", "12.34"), ("CNY", "100.00")])
async def test_the_balance_is_the_one_in_the_accounts_currency(server: Server, currency: str, amount: str) -> None:
    server.replies[PATH] = Reply(DOCUMENTED[PATH])

    async with polled("deepseek", server, currency=currency) as source:
        seen = await source.fetch(NOW)

    assert seen.balance == Money(Decimal(amount), currency)
    assert seen.quota == Quota(None, None)
    assert not seen.readings


async def test_an_account_that_may_not_ask_any_more_has_reached_its_limit(server: Server) -> None:
    server.replies[PATH] = Reply(told(row("USD", "0.00"), available=False))

    async with polled("deepseek", server) as source:
        seen = await source.fetch(NOW)

    assert seen.balance == Money(Decimal(0), "USD")
    assert seen.quota == Quota(None, None, reached=True)


@pytest.mark.parametrize("rows", [[row("CNY", "8.00")], [row("USD", "0.00"), row("CNY", "8.00")]])
async def test_money_in_another_currency_only_is_said_and_not_counted(server: Server, rows: list[object]) -> None:
    server.replies[PATH] = Reply(told(*rows))

    async with polled("deepseek", server) as source:
        with pytest.raises(
            SourceDrifted, match="no money in USD, and some in CNY: set MONITOR_SOURCES__ACME__CURRENCY"
        ):
            await source.fetch(NOW)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (told(), "no balance in USD"),
        ({"is_available": True}, "nothing stands at balance_infos"),
        (told(row("USD", "not-a-number")), r"balance_infos\.total_balance is text"),
        (told(row("USD", None)), r"balance_infos\.total_balance is null"),
        (told("USD"), "balance_infos holds text"),
    ],
)
async def test_no_balance_is_drift_and_never_zero(server: Server, body: object, reason: str) -> None:
    server.replies[PATH] = Reply(body)

    async with polled("deepseek", server) as source:
        with pytest.raises(SourceDrifted, match=reason):
            await source.fetch(NOW)


async def test_a_refused_key_is_told_where_keys_are_made(server: Server) -> None:
    server.replies[PATH] = Reply({"error": {"message": "Authentication Fails", "type": "authentication_error"}}, 401)

    async with polled("deepseek", server) as source:
        with pytest.raises(
            SourceRefused, match=r"ACME_KEY was refused: .*Authentication Fails.*platform\.deepseek\.com"
        ):
            await source.fetch(NOW)


async def test_money_that_ran_out_is_no_outage(server: Server) -> None:
    server.replies[PATH] = Reply({"error": {"message": "Insufficient Balance"}}, 402)

    async with polled("deepseek", server) as source:
        seen = await source.fetch(NOW)

    assert seen.quota == Quota(None, None, reached=True)


async def test_the_address_may_end_in_v1_or_not(server: Server) -> None:
    server.replies[PATH] = Reply(DOCUMENTED[PATH])

    for address in (server.origin, f"{server.origin}/", f"{server.origin}/v1"):
        async with polled("deepseek", server, base_url=address) as source:
            assert (await source.fetch(NOW)).balance == Money(Decimal("12.34"), "USD")
