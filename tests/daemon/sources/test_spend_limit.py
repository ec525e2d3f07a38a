"""The limit that an OpenAI organization sets for itself: cents, of the month, and never a reason for a failure."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from monitor.core.budgets import Budget
from monitor.core.spending.readings import Observation, Quota
from monitor.core.spending.spend import Spend
from tests.core.story import Story, usd
from tests.daemon.servers import Reply, Server
from tests.daemon.sources.accounts import MONTH, NOW, polled
from tests.daemon.sources.organizations import Fake, Spent

PATH = "/v1/organization/spend_limit"
LIMIT: dict[str, Any] = {
    "object": "organization.spend_limit",
    "threshold_amount": 10000,
    "currency": "USD",
    "interval": "month",
    "enforcement": {"status": "enforcing"},
}
NONE = Quota(None, None)


async def look(server: Server, dollars: int = 0, limit: Reply | None = None) -> Observation:
    fake = Fake(NOW)
    fake.spent = [Spent(NOW - timedelta(hours=2), 0, dollars * 125_000)]
    fake.serve(server)
    server.replies[PATH] = limit or Reply(LIMIT)
    async with polled("openai", server) as source:
        return await source.fetch(NOW)


async def test_cents_are_dollars_and_what_was_spent_this_month_is_used_of_it(server: Server) -> None:
    spend = Spend("USD").record(await look(server, dollars=40), NOW)

    assert spend.quota_now(NOW) == Quota(usd(40), usd(100), monthly=True)
    assert spend.spent(MONTH, NOW) == usd(40)


async def test_it_is_judged_beside_a_budget_of_the_users_own(server: Server) -> None:
    story = Story(Budget("monthly", usd(1000)))

    told = story.at(NOW).poll(await look(server, dollars=92))

    assert told == ["[CRITICAL] holysheep: 92% of the provider's quota"]


@pytest.mark.parametrize("reply", [Reply({}, 404), Reply({**LIMIT, "threshold_amount": None})])
async def test_none_is_no_limit(server: Server, reply: Reply) -> None:
    seen = await look(server, limit=reply)

    assert (seen.quota, seen.error) == (NONE, None)


@pytest.mark.parametrize(
    "reply",
    [
        Reply({"error": {"message": "You have insufficient permissions", "type": "invalid_request_error"}}, 403),
        Reply({"error": {"message": "later"}}, 500),
        Reply(b"<html>", 200),
        Reply({**LIMIT, "threshold_amount": "100"}),
        Reply({**LIMIT, "threshold_amount": -1}),
        Reply({**LIMIT, "threshold_amount": 10**18}),
        Reply({**LIMIT, "interval": "week"}),
        Reply({**LIMIT, "currency": "EUR"}),
    ],
)
async def test_a_limit_that_cannot_be_seen_or_read_fails_nothing(server: Server, reply: Reply) -> None:
    seen = await look(server, dollars=40, limit=reply)

    assert (seen.quota, seen.error) == (None, None)
    assert Spend("USD").record(seen, NOW).spent(MONTH, NOW) == usd(40)


async def test_it_is_asked_for_once_an_hour(server: Server) -> None:
    Fake(NOW).serve(server)
    server.replies[PATH] = Reply(LIMIT)
    quotas = []

    async with polled("openai", server) as source:
        for minutes in (0, 2, 60, 62):
            quotas.append((await source.fetch(NOW + timedelta(minutes=minutes))).quota)

    assert [quota and quota.limit for quota in quotas] == [usd(100), None, usd(100), None]


async def test_a_refusal_for_money_that_ran_out_stands_beside_the_limit(server: Server) -> None:
    body = {"error": {"message": "m", "type": "insufficient_quota", "code": "insufficient_quota"}}
    Fake(NOW).serve(server)
    server.replies["/v1/organization/costs"] = Reply(body, 429)
    server.replies[PATH] = Reply(LIMIT)

    async with polled("openai", server) as source:
        seen = await source.fetch(NOW)

    assert seen.quota == Quota(None, usd(Decimal(100)), reached=True, monthly=True)
