"""one-api's pair of billing endpoints as a kind of its own: hundredths, for all time."""

from decimal import Decimal

import pytest

from monitor.core.errors import SourceDrifted, SourceRefused
from monitor.core.money import Money
from monitor.core.spending.readings import Quota
from tests.daemon.servers import Reply, Server
from tests.daemon.sources.accounts import NOW, costs, polled

SUBSCRIPTION, USAGE = "/v1/dashboard/billing/subscription", "/v1/dashboard/billing/usage"
DOCUMENTED = {
    SUBSCRIPTION: {
        "object": "billing_subscription",
        "has_payment_method": True,
        "hard_limit_usd": 1217.82,
        "access_until": 0,
    },
    USAGE: {"object": "list", "total_usage": 59218.4286},
}


async def test_usage_is_in_hundredths_for_all_time(server: Server) -> None:
    server.replies.update({path: Reply(body) for path, body in DOCUMENTED.items()})

    for address in (server.origin, f"{server.origin}/v1"):
        async with polled("one-api", server, base_url=address) as source:
            seen = await source.fetch(NOW)

        assert costs(seen) == {"forever": Decimal("592.184286")}
        assert seen.quota == Quota(Money(Decimal("592.184286"), "USD"), Money(Decimal("1217.82"), "USD"))


@pytest.mark.parametrize("limit", [100000000, 999999, 0])
async def test_a_limit_that_stands_for_none_is_none(server: Server, limit: int) -> None:
    server.replies[SUBSCRIPTION] = Reply({"hard_limit_usd": limit})
    server.replies[USAGE] = Reply(DOCUMENTED[USAGE])

    async with polled("one-api", server) as source:
        seen = await source.fetch(NOW)

    assert seen.quota is not None
    assert seen.quota.limit is None


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (Reply({"error": {"message": "invalid token", "type": "one_api_error"}}), SourceRefused, "invalid token"),
        (Reply(b"<!doctype html>"), SourceDrifted, "an HTML page"),
        (Reply({"object": "list"}), SourceDrifted, "not how one-api answers"),
        (Reply({"object": "list", "total_usage": -1}), SourceDrifted, "total_usage is negative"),
        (Reply({}, 404), SourceDrifted, "check MONITOR_SOURCES__ACME__BASE_URL"),
    ],
)
async def test_what_is_not_understood_is_said(server: Server, reply: Reply, kind: type[Exception], reason: str) -> None:
    server.replies[SUBSCRIPTION] = Reply(DOCUMENTED[SUBSCRIPTION])
    server.replies[USAGE] = reply

    async with polled("one-api", server) as source:
        with pytest.raises(kind, match=reason):
            await source.fetch(NOW)
