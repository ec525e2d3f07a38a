"""xAI's management API: cents with their sign turned, and dollars by day."""

import json
from decimal import Decimal
from typing import Any

import pytest

from monitor.core.errors import SourceDrifted, SourceRefused
from monitor.core.money import Money
from tests.daemon.servers import Reply, Server
from tests.daemon.sources.accounts import APRIL, MONTH, NOW, costs, day, polled

VALIDATION = "/auth/management-keys/validation"
BALANCE, USAGE = "/v1/billing/teams/team-1/prepaid/balance", "/v1/billing/teams/team-1/usage"


def point(on: str, *values: object) -> dict[str, Any]:
    return {"timestamp": f"{on}T00:00:00Z", "values": list(values)}


def series(*points: object) -> dict[str, Any]:
    return {"group": [], "dataPoints": list(points)}


def told(*of: object, **more: object) -> dict[str, Any]:
    return {"timeSeries": list(of), "limitReached": False, **more}


DOCUMENTED = {
    VALIDATION: {"apiKeyId": "k", "teamId": "team-1", "scope": "SCOPE_TEAM", "scopeId": "team-1"},
    BALANCE: {"changes": [], "total": {"val": "-1000"}},
    USAGE: told(series(point("2026-05-19", 0.75973725), point("2026-05-20", 0.5)), series(point("2026-05-19", 0.5))),
}


@pytest.fixture
def xai(server: Server) -> Server:
    server.replies.update({path: Reply(body) for path, body in DOCUMENTED.items()})
    return server


async def test_days_of_all_series_are_dollars(xai: Server) -> None:
    async with polled("xai", xai, base_url=xai.origin) as source:
        seen = await source.fetch(NOW)

    told = {span: cost for span, cost in costs(seen).items() if cost}
    assert told == {day(19): Decimal("1.25973725"), day(20): Decimal("0.5"), MONTH: Decimal("1.75973725")}
    assert costs(seen)[day(1)] == 0
    assert costs(seen)[APRIL] == 0
    assert seen.error is None


@pytest.mark.parametrize(("cents", "dollars"), [("-1000", "10"), ("2500", "-25"), ("0", "0"), ("-1", "0.01")])
async def test_the_balance_is_in_cents_with_its_sign_turned(xai: Server, cents: str, dollars: str) -> None:
    xai.replies[BALANCE] = Reply({"total": {"val": cents}})

    async with polled("xai", xai) as source:
        seen = await source.fetch(NOW)

    assert seen.balance == Money(Decimal(dollars), "USD")


async def test_the_team_is_looked_up_once_and_its_months_asked_for(xai: Server) -> None:
    async with polled("xai", xai) as source:
        for _ in range(2):
            await source.fetch(NOW)

    assert len(xai.asked(VALIDATION)) == 1
    asked = [json.loads(request.body)["analyticsRequest"] for request in xai.requests if request.path == USAGE]
    last = {"endTime": "2026-05-20 23:59:59", "timezone": "Etc/GMT"}
    assert [one["timeRange"] for one in asked] == [
        {"startTime": "2026-04-01 00:00:00", **last},
        {"startTime": "2026-05-01 00:00:00", **last},
    ]
    assert asked[0]["values"] == [{"name": "usd", "aggregation": "AGGREGATION_SUM"}]
    assert asked[0]["timeUnit"] == "TIME_UNIT_DAY"


async def test_a_team_that_is_set_is_not_looked_up(server: Server) -> None:
    server.replies["/v1/billing/teams/a%20b/prepaid/balance"] = Reply(DOCUMENTED[BALANCE])
    server.replies["/v1/billing/teams/a%20b/usage"] = Reply(DOCUMENTED[USAGE])

    async with polled("xai", server, fields={"team": "a b"}) as source:
        assert (await source.fetch(NOW)).balance == Money(Decimal(10), "USD")


@pytest.mark.parametrize("empty", [None, []])
async def test_no_series_is_a_team_that_spent_nothing(xai: Server, empty: object) -> None:
    xai.replies[USAGE] = Reply({"timeSeries": empty, "limitReached": False})

    async with polled("xai", xai) as source:
        seen = await source.fetch(NOW)

    assert costs(seen)[MONTH] == 0


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (told(series(point("2026-05-19", 1)), limitReached=True), "limitReached"),
        ({"limitReached": False}, "nothing stands at timeSeries"),
        (told(series(point("2026-05-19"))), "no timestamp or no values"),
        (told(series(point("19 May", 1))), "no timestamp or no values"),
        (told(series(point("2026-05-19", None))), r"timeSeries\.dataPoints\.values is null"),
        (told(series(point("2026-05-19", -1))), r"values is negative"),
        (told({}), "nothing stands at dataPoints"),
    ],
)
async def test_usage_that_cannot_be_read_is_drift(xai: Server, body: object, reason: str) -> None:
    xai.replies[USAGE] = Reply(body)

    async with polled("xai", xai) as source:
        with pytest.raises(SourceDrifted, match=reason):
            await source.fetch(NOW)


async def test_usage_that_may_not_be_read_leaves_the_balance(xai: Server) -> None:
    xai.replies[USAGE] = Reply({"code": "permission_denied", "error": "no"}, 403)

    async with polled("xai", xai) as source:
        seen = await source.fetch(NOW)

    assert isinstance(seen.error, SourceRefused)
    assert not seen.readings
    assert seen.balance == Money(Decimal(10), "USD")


@pytest.mark.parametrize(("changes", "left"), [([], None), ([{"amount": {"val": "-100"}}], 0)])
async def test_a_team_that_never_bought_credit_has_no_empty_purse(xai: Server, changes: Any, left: int | None) -> None:
    xai.replies[BALANCE] = Reply({"changes": changes, "total": {"val": "0"}})

    async with polled("xai", xai) as source:
        seen = await source.fetch(NOW)

    assert seen.balance == (None if left is None else Money(Decimal(left), "USD"))


@pytest.mark.parametrize("total", [{"val": "n/a"}, {"val": None}, {}, {"val": True}, {"val": "-1000000000000000000"}])
async def test_a_balance_that_is_no_amount_is_drift(xai: Server, total: object) -> None:
    xai.replies[BALANCE] = Reply({"total": total})

    async with polled("xai", xai) as source:
        with pytest.raises(SourceDrifted, match=r"total\.val"):
            await source.fetch(NOW)


async def test_a_key_for_inference_is_told_what_is_needed(server: Server) -> None:
    server.replies[VALIDATION] = Reply({"code": "unauthenticated", "error": "Invalid key"}, 401)

    async with polled("xai", server) as source:
        with pytest.raises(SourceRefused, match=r"a management key \(not one for inference\)"):
            await source.fetch(NOW)
