"""Fireworks' billing summary: units and billionths, by day and model, of an account that exists."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import SourceDrifted
from monitor.daemon.sources.shapes.costs import Part
from monitor.daemon.sources.shapes.fireworks import whole
from tests.daemon.servers import Reply, Request, Server
from tests.daemon.sources.accounts import APRIL, MONTH, NOW, costs, day, polled

ACCOUNTS, SUMMARY = "/v1/accounts", "/v1/accounts/acme/billing/summary"
FLASH = "DeepSeek V4 Flash"


def item(units: object, nanos: object, model: str | None = FLASH, currency: object = "USD") -> dict[str, Any]:
    group = {"groupingKey": "model_bucket", "groupingValue": model} if model else {}
    cost = {"currencyCode": currency, "units": units, "nanos": nanos}
    told = {name: value for name, value in cost.items() if value is not None}
    return {"category": "LLM output tokens", **group, "quantity": 118901, "series": "SERVERLESS", "totalCost": told}


def bucket(on: str, *items: object) -> dict[str, Any]:
    return {"bucketStartTime": f"{on}T00:00:00Z", "lineItems": list(items)}


def bill(*items: object, buckets: tuple[object, ...] = ()) -> dict[str, Any]:
    return {"lineItems": list(items), "usageBuckets": list(buckets)}


DOCUMENTED = {
    ACCOUNTS: {"accounts": [{"name": "accounts/acme", "displayName": "Acme"}]},
    SUMMARY: bill(item("0", 492256016), item("1", 33292280), buckets=(bucket("2026-05-20", item("1", 525548296)),)),
}


@pytest.fixture
def fireworks(server: Server) -> Server:
    server.replies.update({path: Reply(body) for path, body in DOCUMENTED.items()})
    return server


def of_may(body: object) -> Any:
    """Return a server of one month's bill; all other spans are empty."""
    return lambda request: Reply(body if request.query["startTime"].startswith("2026-05-01") else bill())


async def test_a_month_and_its_days_are_told_whole_and_by_model(fireworks: Server) -> None:
    days = (
        bucket("2026-05-19", item("1", None)),
        bucket("2026-05-20", item("2", 5), item(None, 7, "Kimi"), item("3", 0, None)),
    )
    fireworks.replies[SUMMARY] = of_may(bill(item("3", 5), item(None, 7, "Kimi"), item("3", 0, None), buckets=days))

    async with polled("fireworks", fireworks) as source:
        seen = await source.fetch(NOW)

    assert {span: cost for span, cost in costs(seen).items() if cost} == {
        MONTH: Decimal("6.000000012"),
        day(19): 1,
        day(20): Decimal("5.000000012"),
    }
    assert costs(seen, "Kimi") == {MONTH: Decimal("0.000000007"), day(20): Decimal("0.000000007")}
    assert costs(seen)[day(2)] == 0
    assert costs(seen)[APRIL] == 0
    assert seen.error is None


async def test_what_is_grouped_by_something_else_is_no_model(fireworks: Server) -> None:
    deployment = {**item("2", 0), "groupingKey": "deployment", "groupingValue": "dep-1"}
    fireworks.replies[SUMMARY] = of_may(bill(deployment, buckets=(bucket("2026-05-20", deployment),)))

    async with polled("fireworks", fireworks) as source:
        seen = await source.fetch(NOW)

    assert costs(seen)[MONTH] == 2
    assert {reading.model for reading in seen.readings} == {None}


async def test_without_days_today_is_asked_for_by_itself(fireworks: Server) -> None:
    def answer(request: Request) -> Reply:
        start, end = request.query["startTime"][:10], request.query["endTime"][:10]
        spans = {("2026-05-01", "2026-05-21"): bill(item("9", 0)), ("2026-05-20", "2026-05-21"): bill(item("2", 0))}
        return Reply(spans.get((start, end), bill(item("4", 0))))

    fireworks.replies[SUMMARY] = answer

    async with polled("fireworks", fireworks) as source:
        seen = await source.fetch(NOW)

    assert costs(seen) == {MONTH: 9, day(20): 2, APRIL: 4}


async def test_the_month_before_is_asked_for_at_first_and_while_it_may_change(fireworks: Server) -> None:
    async with polled("fireworks", fireworks) as source:
        for now in (NOW, NOW, NOW.replace(month=6, day=5), NOW.replace(month=6, day=6)):
            await source.fetch(now)

    starts = [query["startTime"][:7] for query in fireworks.asked(SUMMARY)]
    assert starts == ["2026-05", "2026-04", "2026-05", "2026-06", "2026-05", "2026-06"]


async def test_an_empty_bill_is_an_account_that_spent_nothing(fireworks: Server) -> None:
    fireworks.replies[SUMMARY] = Reply(bill())

    async with polled("fireworks", fireworks) as source:
        seen = await source.fetch(NOW)

    assert costs(seen)[MONTH] == 0
    assert costs(seen)[day(20)] == 0


async def test_what_is_billed_in_another_currency_is_said(fireworks: Server) -> None:
    fireworks.replies[SUMMARY] = of_may(bill(item("1", 100000000), item("9", 900000000, currency="EUR")))

    async with polled("fireworks", fireworks) as source:
        seen = await source.fetch(NOW)

    assert costs(seen)[MONTH] == Decimal("1.1")
    assert "billed in EUR, which is not counted" in str(seen.error)


@pytest.mark.parametrize(
    ("accounts", "wanted", "chosen"),
    [
        (["acme"], None, True),
        (["zeta", "acme"], "acme", True),
        (["zeta", "acme"], None, False),
        (["zeta"], "acme", False),
        ([], None, False),
    ],
)
async def test_an_account_is_never_guessed(
    fireworks: Server,
    accounts: list[str],
    wanted: str | None,
    chosen: bool,  # noqa: FBT001
) -> None:
    fireworks.replies[ACCOUNTS] = Reply({"accounts": [{"name": f"accounts/{name}"} for name in accounts]})
    fields = {"account": wanted} if wanted else {}

    async with polled("fireworks", fireworks, fields=fields) as source:
        if chosen:
            assert (await source.fetch(NOW)).readings
        else:
            with pytest.raises(SourceDrifted, match="set MONITOR_SOURCES__ACME__FIELDS__ACCOUNT"):
                await source.fetch(NOW)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "nothing stands at lineItems"),
        (bill({"category": "x"}), r"lineItems\.totalCost\.currencyCode"),
        (bill(item("n/a", 0)), r"lineItems\.totalCost\.units is text"),
        (bill(item("-1", 0)), r"lineItems\.totalCost\.units is negative"),
        (bill(item("1", nanos=True)), r"lineItems\.totalCost\.nanos is a boolean"),
        (bill(item("1", 0), buckets=({"lineItems": [item("1", 0)]},)), r"usageBuckets\.bucketStartTime"),
    ],
)
async def test_a_bill_that_cannot_be_read_is_drift(fireworks: Server, body: object, reason: str) -> None:
    fireworks.replies[SUMMARY] = Reply(body)

    async with polled("fireworks", fireworks) as source:
        with pytest.raises(SourceDrifted, match=reason):
            await source.fetch(NOW)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 999_999_999)), max_size=12))
def test_units_and_billionths_add_up_to_the_last_digit(told: list[tuple[int, int]]) -> None:
    first = NOW.date()

    found = whole(bill(*(item(str(units), nanos) for units, nanos in told)), first).get("USD", {})

    expected = sum((Decimal(units) + Decimal(nanos).scaleb(-9) for units, nanos in told), Decimal(0))
    assert (found[Part(first)].cost if told else Decimal(0)) == expected
