"""OpenAI's organization costs: exact to the last digit, in pages, and never a part taken for the whole."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import SourceDrifted, SourceError, SourceRefused, SourceUnavailable
from monitor.core.money import Money
from monitor.core.spending.readings import Observation, Quota, Series
from monitor.core.spending.spend import Spend
from monitor.daemon.sources.assembly import Assembly
from monitor.daemon.sources.buckets import costs_of
from monitor.daemon.sources.openai import DIALECT
from tests.daemon.servers import Reply, Request, Server
from tests.daemon.sources.accounts import MONTH, NOW, account, costs, day, one_look, polled
from tests.daemon.sources.junk import JSON

COSTS = "/v1/organization/costs"


def result(value: object, item: str | None = None, project: str | None = None, key: str | None = None) -> object:
    amount = {"value": value, "currency": "usd"}
    names = {"line_item": item, "project_id": project, "api_key_id": key}
    return {"object": "organization.costs.result", "amount": amount, **names, "quantity": None, "invented_later": {}}


def bucket(number: int, *results: object, month: int = 5) -> dict[str, Any]:
    span = day(number, month)
    start, end = int(span.start.timestamp()), int(span.end.timestamp())
    return {"object": "bucket", "start_time": start, "end_time": end, "results": list(results)}


def page(*buckets: object, following: str | None = None) -> Reply:
    return Reply({"object": "page", "data": list(buckets), "has_more": following is not None, "next_page": following})


@pytest.fixture
def server(server: Server) -> Server:
    """Return an organization that has used nothing lately; its usage is another file's matter."""
    server.replies["/v1/organization/usage/completions"] = page()
    return server


async def fetched(server: Server) -> Observation:
    return await one_look("openai", server)


async def test_costs_are_dollars_by_day_and_part(server: Server) -> None:
    server.replies[COSTS] = page(
        bucket(
            19,
            result(0.06, "gpt-4.1-2025-04-14, input", "proj_a", "key_1"),
            result("12.123456789", "gpt-4.1-2025-04-14, cached input", "proj_a", "key_1"),
            result(2, "web search tool calls", "proj_a"),
        ),
        bucket(20),
    )

    seen = await fetched(server)

    assert costs(seen)[day(19)] == Decimal("14.183456789")
    assert costs(seen)[day(20)] == 0, "a day without results cost nothing"
    assert day(18) not in costs(seen), "a day that is not told is unknown"
    parts = {(r.model, r.project, r.key): r.cost for r in seen.readings if r.model}
    assert parts == {
        ("gpt-4.1-2025-04-14", "proj_a", "key_1"): Money(Decimal("12.183456789"), "USD"),
        ("web search", "proj_a", "(no key)"): Money(Decimal(2), "USD"),
    }
    assert seen.error is None


async def test_a_budget_of_a_part_counts_what_has_no_key_too(server: Server) -> None:
    server.replies[COSTS] = page(bucket(20, result(5, "m", "p"), result(3, "m", "p", "k"), result(1, "m", "q", "k")))

    spend = Spend("USD").record(await fetched(server), NOW)

    for scope, amount in ((Series(), 9), (Series(model="m"), 9), (Series(project="p"), 8), (Series(key="k"), 4)):
        assert spend.spent(MONTH, NOW, scope) == Money(Decimal(amount), "USD")
    assert spend.spent(MONTH, NOW, Series(model="m", project="p")) == Money(Decimal(8), "USD")


async def test_the_first_read_reaches_back_to_the_month_before_and_the_next_three_days(server: Server) -> None:
    server.replies[COSTS] = page(bucket(20))

    async with polled("openai", server) as source:
        for now in (NOW, NOW, NOW.replace(day=21)):
            await source.fetch(now)

    starts = [datetime.fromtimestamp(int(query["start_time"]), UTC) for query in server.asked(COSTS)]
    assert [f"{start:%m-%d}" for start in starts] == ["04-01", "05-17", "04-01"]
    asked = server.requests[0]
    assert asked.every["group_by"] == ["line_item", "project_id", "api_key_id"]
    assert (asked.query["bucket_width"], asked.query["limit"]) == ("1d", "20")
    assert asked.headers["authorization"].startswith("Bearer ")


async def test_a_day_that_is_restated_loses_the_parts_that_are_gone(server: Server) -> None:
    server.replies[COSTS] = page(bucket(20, result(5, "m", "p", "k"), result(3, "n", "p", "k")))
    spend = Spend("USD").record(await fetched(server), NOW)
    server.replies[COSTS] = page(bucket(20, result(4, "m", "p", "k")))

    spend = spend.record(await fetched(server), NOW)

    assert spend.spent(day(20), NOW) == Money(Decimal(4), "USD")
    assert spend.spent(day(20), NOW, Series(project="p")) == Money(Decimal(4), "USD")
    assert list(spend.by("model", day(20), NOW)) == ["m"]


async def test_all_pages_are_read_and_a_bucket_on_two_of_them_adds_up(server: Server) -> None:
    pages = {
        None: page(bucket(18, result(1)), bucket(19, result("1.25")), following="p2"),
        "p2": page(bucket(19, result(2.75)), bucket(20, result(7))),
    }
    server.replies[COSTS] = lambda request: pages[request.query.get("page")]

    seen = await fetched(server)

    assert costs(seen) == {day(18): 1, day(19): 4, day(20): 7}
    assert [query.get("page") for query in server.asked(COSTS)] == [None, "p2"]
    assert server.asked(COSTS)[1]["start_time"] == server.asked(COSTS)[0]["start_time"]


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (page(bucket(20, result(1)), following="p2"), "was read already"),
        (Reply({"data": [], "has_more": True, "next_page": None}), "next_page names none"),
        (Reply({"object": "page", "has_more": False}), "data is null"),
        (Reply([]), "the answer is a list"),
        (Reply({"data": [1]}), "not an object"),
        (Reply({"error": {"message": "no"}}, 400), "400"),
    ],
)
async def test_pages_that_do_not_end_well_tell_nothing(server: Server, last: Reply, reason: str) -> None:
    server.replies[COSTS] = lambda request: last if "page" in request.query else page(bucket(19), following="p2")

    with pytest.raises(SourceDrifted, match=reason):
        await fetched(server)


async def test_an_expired_cursor_starts_the_read_again(server: Server) -> None:
    answers = [page(bucket(19, result(1)), following="p2"), Reply({}, 410), page(bucket(19, result(3)))]
    server.replies[COSTS] = lambda _: answers[len(server.requests) - 1]

    assert costs(await fetched(server)) == {day(19): 3}


@pytest.mark.parametrize("value", [None, True, -1, "-0.01", "1e18", 10**18, "NaN", "12,5", "", [], {}])
async def test_a_day_with_a_figure_that_is_none_is_left_out_and_said(server: Server, value: object) -> None:
    server.replies[COSTS] = page(bucket(19, result(5), result(value)), bucket(20, result(1)))

    seen = await fetched(server)

    assert costs(seen) == {day(20): 1}
    assert isinstance(seen.error, SourceDrifted)
    assert "data[0].results[1].amount.value" in str(seen.error)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"start_time": "2026"}, r"data\[0\].start_time is text"),
        ({"end_time": None}, r"data\[0\].end_time is null"),
        ({"end_time": 1_779_148_800}, "not a day after"),
        ({"results": None}, r"data\[0\].results is null"),
        ({"results": [{"amount": 5}]}, r"data\[0\].results\[0\].amount is a number"),
        ({"results": [{"amount": {"value": 1, "currency": "eur"}}]}, "in EUR, not in USD"),
    ],
)
async def test_what_is_missing_is_named_by_its_path(server: Server, row: dict[str, object], reason: str) -> None:
    server.replies[COSTS] = page({**bucket(19, result(1)), **row})

    with pytest.raises(SourceDrifted, match=reason):
        await fetched(server)


async def test_no_bucket_at_all_is_unknown_and_not_zero(server: Server) -> None:
    server.replies[COSTS] = page()

    seen = await fetched(server)

    assert (seen.readings, seen.error) == ((), None)
    assert Spend("USD").record(seen, NOW).spent(MONTH, NOW) is None


async def test_the_older_name_of_results_is_understood(server: Server) -> None:
    old = bucket(20)
    server.replies[COSTS] = page({"result": [result(2)], **{name: old[name] for name in ("start_time", "end_time")}})

    assert costs(await fetched(server)) == {day(20): 2}


async def test_a_refusal_says_which_key_is_needed(server: Server) -> None:
    body = {"error": {"message": "Incorrect API key", "type": "invalid_request_error", "code": "invalid_api_key"}}
    server.replies[COSTS] = Reply(body, 401)

    with pytest.raises(SourceRefused, match=r"ACME_KEY was refused.*it takes an Admin API key \(sk-admin-"):
        await fetched(server)


async def test_too_many_requests_wait_and_spent_money_is_an_answer(server: Server) -> None:
    def answer(request: Request) -> Reply:
        code = "rate_limit_exceeded" if len(server.requests) == 1 else "insufficient_quota"
        return Reply({"error": {"message": "m", "type": code, "code": code}}, 429, {"Retry-After": "7"})

    server.replies[COSTS] = answer

    with pytest.raises(SourceUnavailable) as caught:
        await fetched(server)
    seen = await fetched(server)

    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 7
    assert seen.quota == Quota(None, None, reached=True)


@pytest.mark.parametrize(
    ("item", "model"),
    [
        ("gpt-4.1-2025-04-14, input", "gpt-4.1-2025-04-14"),
        ("o3-2025-04-16, cached input", "o3-2025-04-16"),
        ("gpt-4o-audio-preview, audio output", "gpt-4o-audio-preview"),
        ("Text tokens", "Text tokens"),
        ("assistants api | file search", "file search"),
        ("Web search tool calls", "web search"),
        ("evals | gpt-4o-mini, input", "evals | gpt-4o-mini, input"),
        ("images, high, wide", "images, high, wide"),
    ],
)
def test_a_line_item_is_filed_under_its_model(item: str, model: str) -> None:
    (cost,) = DIALECT.costs({"results": [result(1, item)]}, "data[0]")

    assert cost.part.model == model


@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {"start_time": st.just(1_779_148_800) | JSON, "end_time": st.just(1_779_235_200) | JSON},
            optional={
                "results": JSON
                | st.lists(st.fixed_dictionaries({"amount": JSON | st.fixed_dictionaries({"value": JSON})}))
            },
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


AMOUNTS = st.decimals(min_value=0, max_value=10**6, places=9)


@given(amounts=st.lists(st.tuples(AMOUNTS, st.sampled_from(["a, input", "b"]), st.sampled_from([None, "p"]))))
def test_documented_rows_add_up_to_the_last_digit(amounts: list[tuple[Decimal, str, str | None]]) -> None:
    rows = [bucket(20, *(result(str(amount), item, project) for amount, item, project in amounts))]

    told = costs_of(rows, Assembly(account()), span_of=DIALECT.span, costs_in=DIALECT.costs)

    total = sum((amount for amount, _, _ in amounts), Decimal(0))
    assert told.readings[0].cost.amount == total
    assert sum((reading.cost.amount for reading in told.readings[1:]), Decimal(0)) == total
