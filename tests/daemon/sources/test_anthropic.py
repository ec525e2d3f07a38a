"""Anthropic's cost report: cents in decimal text, by model and workspace, in pages of a month at most."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import SourceDrifted, SourceError, SourceRefused, SourceUnavailable
from monitor.core.money import Money
from monitor.core.spending.readings import Observation, Series
from monitor.core.spending.spend import Spend
from monitor.daemon.sources import SOURCES
from monitor.daemon.sources.anthropic import DIALECT
from monitor.daemon.sources.assembly import Assembly
from monitor.daemon.sources.buckets import costs_of
from tests.daemon.servers import Reply, Server
from tests.daemon.sources.accounts import KEY, MONTH, NOW, account, costs, day, one_look, polled
from tests.daemon.sources.junk import JSON

REPORT = "/v1/organizations/cost_report"


def result(amount: object, model: str | None = None, workspace: str | None = None, **more: object) -> dict[str, object]:
    names = {"model": model, "workspace_id": workspace, "description": f"{model} Usage" if model else None}
    return {"amount": amount, "currency": "USD", **names, "cost_type": "tokens", "invented_later": [], **more}


def bucket(number: int, *results: object, month: int = 5) -> dict[str, Any]:
    span = day(number, month)
    times = {"starting_at": f"{span.start:%Y-%m-%dT%H:%M:%SZ}", "ending_at": f"{span.end:%Y-%m-%dT%H:%M:%SZ}"}
    return {**times, "results": list(results)}


def page(*buckets: object, following: str | None = None) -> Reply:
    return Reply({"data": list(buckets), "has_more": following is not None, "next_page": following})


@pytest.fixture
def server(server: Server) -> Server:
    """Return an organization that has used nothing lately; its usage is another file's matter."""
    server.replies["/v1/organizations/usage_report/messages"] = page()
    return server


async def fetched(server: Server, path: str = "") -> Observation:
    return await one_look("anthropic", server, base_url=server.origin + path)


async def test_amounts_are_cents_in_text(server: Server) -> None:
    server.replies[REPORT] = page(
        bucket(
            19,
            result("123.78912", "claude-opus-5", token_type="uncached_input_tokens"),
            result("0.21088", "claude-opus-5", token_type="output_tokens"),
            result("250", None, "wrkspc_1", cost_type="web_search", description="Web Search Usage"),
        ),
        bucket(20),
    )

    seen = await fetched(server)

    assert costs(seen) == {day(19): Decimal("3.74"), day(20): 0}
    assert {(r.model, r.project): r.cost.amount for r in seen.readings if r.model} == {
        ("claude-opus-5", "default"): Decimal("1.24"),
        ("web search", "wrkspc_1"): Decimal("2.5"),
    }
    assert seen.error is None


async def test_a_budget_of_a_model_counts_all_workspaces(server: Server) -> None:
    server.replies[REPORT] = page(bucket(20, result("100", "m"), result("200", "m", "w"), result("400", "n", "w")))

    spend = Spend("USD").record(await fetched(server), NOW)

    for scope, dollars in (
        (Series(), 7),
        (Series(model="m"), 3),
        (Series(project="w"), 6),
        (Series(project="default"), 1),
    ):
        assert spend.spent(MONTH, NOW, scope) == Money(Decimal(dollars), "USD")


async def test_the_first_start_reads_two_months_in_pages(server: Server) -> None:
    pages = {
        None: page(*(bucket(number, result("100"), month=4) for number in range(1, 31)), following="p2"),
        "p2": page(*(bucket(number, result("300")) for number in range(1, 21))),
    }
    server.replies[REPORT] = lambda request: pages[request.query.get("page")]

    seen = await fetched(server)

    assert sum(costs(seen).values()) == 30 + 60
    asked = server.requests[0]
    assert asked.query["starting_at"] == "2026-04-01T00:00:00Z"
    assert (asked.query["bucket_width"], asked.query["limit"]) == ("1d", "20")
    assert asked.every["group_by[]"] == ["workspace_id", "description"]
    assert asked.headers["x-api-key"] == KEY
    assert asked.headers["anthropic-version"] == "2023-06-01"
    assert "authorization" not in asked.headers


async def test_later_polls_read_the_days_that_may_still_change(server: Server) -> None:
    server.replies[REPORT] = page(bucket(20))

    async with polled("anthropic", server, base_url=server.origin) as source:
        await source.fetch(NOW)
        await source.fetch(NOW)

    assert server.asked(REPORT)[1]["starting_at"] == "2026-05-17T00:00:00Z"


async def test_the_first_read_is_repeated_until_it_succeeds(server: Server) -> None:
    server.replies[REPORT] = page(following="p2")

    async with polled("anthropic", server, base_url=server.origin) as source:
        failed = await source.fetch(NOW)
        server.replies[REPORT] = page(bucket(20))
        await source.fetch(NOW)

    assert isinstance(failed.error, SourceDrifted)
    assert {query["starting_at"] for query in server.asked(REPORT)} == {"2026-04-01T00:00:00Z"}


def test_it_is_polled_once_a_minute_unless_the_user_says_otherwise() -> None:
    assert SOURCES["anthropic"].interval == timedelta(seconds=60)


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/"])
async def test_the_address_may_end_in_the_version(server: Server, path: str) -> None:
    server.replies[REPORT] = page(bucket(20, result("100")))

    assert costs(await fetched(server, path)) == {day(20): 1}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"starting_at": 5}, r"data\[0\].starting_at is a number"),
        ({"ending_at": "tomorrow"}, r"data\[0\].ending_at is text"),
        ({"ending_at": "0001-01-01T00:00:00+14:00"}, "beyond any sense"),
        ({"ending_at": "2026-05-01"}, "not a day after"),
        ({"results": {}}, r"data\[0\].results is an object"),
        ({"results": [{"currency": "USD"}]}, r"data\[0\].results\[0\].amount is null"),
        ({"results": [result("1", currency="EUR")]}, "in EUR, not in USD"),
    ],
)
async def test_what_is_missing_is_named_by_its_path(server: Server, row: dict[str, object], reason: str) -> None:
    server.replies[REPORT] = page({**bucket(19, result("1")), **row})

    with pytest.raises(SourceDrifted, match=reason):
        await fetched(server)


@pytest.mark.parametrize("amount", [None, False, "-5", "1e18", "NaN", "1,5", "", {}])
async def test_a_day_with_a_figure_that_is_none_is_left_out_and_said(server: Server, amount: object) -> None:
    server.replies[REPORT] = page(bucket(19, result(amount)), bucket(20, result("100")))

    seen = await fetched(server)

    assert costs(seen) == {day(20): 1}
    assert "data[0].results[0].amount" in str(seen.error)


@pytest.mark.parametrize(
    ("status", "kind", "error", "words"),
    [
        (401, "authentication_error", SourceRefused, r"401.*invalid x-api-key.*it takes an Admin API key"),
        (403, "permission_error", SourceRefused, "sk-ant-admin01-"),
        (404, "not_found_error", SourceDrifted, "MONITOR_SOURCES__ACME__BASE_URL"),
        (429, "rate_limit_error", SourceUnavailable, "429"),
        (529, "overloaded_error", SourceUnavailable, "529"),
    ],
)
async def test_errors_say_who_must_act(
    server: Server, status: int, kind: str, error: type[SourceError], words: str
) -> None:
    body = {"type": "error", "error": {"type": kind, "message": "invalid x-api-key"}, "request_id": "req_1"}
    server.replies[REPORT] = Reply(body, status)

    with pytest.raises(error, match=words):
        await fetched(server)


@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "starting_at": st.just("2026-05-19T00:00:00Z") | st.datetimes().map(str) | JSON,
                "ending_at": st.just("2026-05-20T00:00:00Z") | JSON,
                "results": JSON | st.lists(st.fixed_dictionaries({"amount": JSON}, optional={"model": JSON})),
            }
        ),
        max_size=3,
    )
)
def test_whatever_comes_is_an_amount_or_an_error(rows: Sequence[dict[str, Any]]) -> None:
    try:
        told = costs_of(rows, Assembly(account()), span_of=DIALECT.span, costs_in=DIALECT.costs)
    except SourceError:
        return

    assert all(0 <= reading.cost.amount < 10**13 for reading in told.readings)


@given(cents=st.lists(st.decimals(min_value=0, max_value=10**6, places=6), min_size=1))
def test_documented_rows_add_up_to_the_last_digit(cents: list[Decimal]) -> None:
    rows = [bucket(20, *(result(str(amount), f"m{index % 3}") for index, amount in enumerate(cents)))]

    told = costs_of(rows, Assembly(account()), span_of=DIALECT.span, costs_in=DIALECT.costs)

    assert told.readings[0].cost.amount * 100 == sum(cents)
    assert sum(reading.cost.amount for reading in told.readings[1:]) * 100 == sum(cents)
