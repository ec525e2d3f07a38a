"""Any JSON endpoint, by settings alone: each kind of figure, each way to it, and every mistake in the description."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import SettingsError, SourceDrifted, SourceError, SourceRefused, SourceUnavailable
from monitor.core.money import Money
from monitor.core.spending.readings import Observation, Quota
from monitor.daemon.answers import parse_json
from monitor.daemon.connections import Connections
from monitor.daemon.redact import Redactor
from monitor.daemon.settings import Settings, load_settings
from monitor.daemon.sources import open_source
from monitor.daemon.sources.expressions import compile_expression
from monitor.daemon.sources.shapes.numbers import cost
from tests.daemon.servers import Reply, Server
from tests.daemon.sources.accounts import CONTEXT, MONTH, NOW, costs, day
from tests.daemon.sources.junk import JSON

KEY = "gw_0123456789"
LEAST = {"FIELDS__AMOUNT": "cost", "FIGURE": "month", "BASE_URL": "https://gateway.example.com/costs"}


def settings(changes: Mapping[str, str | None]) -> Settings:
    named = {f"MONITOR_SOURCES__GATE__{name}": text for name, text in {**LEAST, **changes}.items() if text is not None}
    return load_settings({"MONITOR_SOURCES__GATE__KIND": "http", **named}, secrets_dir=Path("/nonexistent"))


async def fetched(server: Server, path: str = "/costs", now: datetime = NOW, **changes: str | None) -> Observation:
    loaded = settings({"BASE_URL": server.origin + path, "TIMEOUT": "20s", **changes})
    source = open_source(
        loaded.sources[0].account(),
        connections=Connections(CONTEXT),
        redact=Redactor(loaded.secrets()),
        clock=lambda: NOW,
    )
    try:
        return await source.fetch(now)
    finally:
        await source.close()


@pytest.mark.parametrize(("figure", "span"), [("month", MONTH), ("DAY", day(20)), ("counter", "forever")])
async def test_the_amount_is_what_the_settings_say(server: Server, figure: str, span: object) -> None:
    server.replies["/costs"] = Reply({"cost": 12.345678901})

    seen = await fetched(server, FIGURE=figure)

    assert costs(seen) == {span: Decimal("12.345678901")}
    assert seen.as_of == NOW
    assert (seen.quota, seen.balance, seen.error) == (None, None, None)


@pytest.mark.parametrize(("left", "cents"), [("1250", 1250), (-30, -30), (0, 0)])
async def test_a_balance_is_no_reading_and_may_be_a_debt(server: Server, left: object, cents: int) -> None:
    server.replies["/costs"] = Reply({"cost": left})

    seen = await fetched(server, FIGURE="balance", SCALE="0.01")

    assert seen.readings == ()
    assert seen.balance == Money(Decimal(cents) / 100, "USD")


@pytest.mark.parametrize(
    ("way", "body"),
    [
        ("data.total.cost", {"data": {"total": {"cost": "7.5"}}}),
        ("data[1].cost", {"data": [{"cost": 1}, {"cost": 7.5}]}),
        ("sum(data[].cost)", {"data": [{"cost": "7"}, {"cost": 0.4}, {"cost": 0.1}]}),
        ("sum(data[?kind=='used'].cost)", {"data": [{"kind": "used", "cost": 7.5}, {"kind": "free", "cost": 2}]}),
        ("max(data[].cost)", {"data": [{"cost": 7.5}, {"cost": 3}]}),
        ("abs(cost)", {"cost": -7.5}),
        ('data."total-cost"', {"data": {"total-cost": 7.5}}),
        ("to_number(cost)", {"cost": "7.5"}),
        ("/data/0/total~1cost", {"data": [{"total/cost": 7.5}]}),
        ("/0", [7.5]),
    ],
)
async def test_the_way_to_the_amount_is_an_expression_or_a_pointer(server: Server, way: str, body: object) -> None:
    server.replies["/costs"] = Reply(body)

    assert costs(await fetched(server, FIELDS__AMOUNT=way)) == {MONTH: Decimal("7.5")}


async def test_sums_are_exact(server: Server) -> None:
    server.replies["/costs"] = Reply({"data": [{"cost": 0.1}] * 10})

    assert costs(await fetched(server, FIELDS__AMOUNT="sum(data[].cost)")) == {MONTH: 1}


async def test_an_empty_sum_is_unknown_unless_the_user_says_that_it_is_zero(server: Server) -> None:
    server.replies["/costs"] = Reply({"data": [{"renamed": 5}]})

    with pytest.raises(SourceDrifted, match="nothing stands at sum"):
        await fetched(server, FIELDS__AMOUNT="sum(data[].cost)")
    assert costs(await fetched(server, FIELDS__AMOUNT="sum(data[].cost) || `0`")) == {MONTH: 0}


async def test_the_request_is_filled_with_dates_and_the_key(server: Server) -> None:
    server.replies["/costs/2026-05-21"] = Reply({"cost": 1})

    await fetched(
        server,
        "/costs/{today}?from={month_start}&until={next_month_start_unix}&raw=a%2Fb",
        datetime(2026, 5, 20, 20, tzinfo=UTC),
        TIMEZONE="Asia/Tokyo",
        API_KEY=KEY,
        METHOD="post",
        HEADERS__X_API_KEY="Key {key}",
        BODY='{"query": "{usage}", "days": ["{today}", "{tomorrow}"], "n": 1}',
    )

    (asked,) = server.requests
    june = datetime(2026, 6, 1, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert asked.method == "POST"
    assert asked.query == {"from": "2026-05-01", "until": str(int(june.timestamp())), "raw": "a/b"}
    assert asked.headers["x-api-key"] == f"Key {KEY}"
    assert "authorization" not in asked.headers
    assert json.loads(asked.body) == {"query": "{usage}", "days": ["2026-05-21", "2026-05-22"], "n": 1}


@pytest.mark.parametrize(
    ("key", "header", "sent"), [(KEY, None, f"Bearer {KEY}"), (KEY, "Token t", "Token t"), (None, None, None)]
)
async def test_the_key_goes_where_keys_usually_go(
    server: Server, key: str | None, header: str | None, sent: str | None
) -> None:
    server.replies["/costs"] = Reply({"cost": 1})

    await fetched(server, API_KEY=key, HEADERS__AUTHORIZATION=header)

    assert server.requests[0].headers.get("authorization") == sent


async def test_a_key_in_the_address_is_not_sent_twice(server: Server) -> None:
    server.replies["/costs"] = Reply({"cost": 1})

    await fetched(server, "/costs?key={key}", API_KEY="a&b")

    assert server.requests[0].query == {"key": "a&b"}
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize(("told", "limit"), [(50, 50), (None, None), ("", None), (0, None)])
async def test_a_limit_is_a_quota(server: Server, told: object, limit: int | None) -> None:
    server.replies["/costs"] = Reply({"cost": 12, "limit": told})

    seen = await fetched(server, FIELDS__LIMIT="limit", CURRENCY="CNY")

    assert seen.quota == Quota(Money(Decimal(12), "CNY"), None if limit is None else Money(Decimal(limit), "CNY"))


@pytest.mark.parametrize(
    ("told", "as_of"),
    [
        ("2026-05-20T11:00:00Z", NOW.replace(hour=11)),
        ("2026-05-20T11:00:00", NOW.replace(hour=11)),
        (1_779_274_800, NOW.replace(hour=11)),
        (1_779_274_800_000, NOW.replace(hour=11)),
        ("2027-01-01T00:00:00Z", NOW),
    ],
)
async def test_the_time_of_the_figure_is_never_in_the_future(server: Server, told: object, as_of: datetime) -> None:
    server.replies["/costs"] = Reply({"cost": 1, "at": told})

    assert (await fetched(server, FIELDS__AS_OF="at")).as_of == as_of


async def test_another_currency_than_the_accounts_is_drift(server: Server) -> None:
    server.replies["/costs"] = Reply({"cost": 1, "unit": "eur"})

    assert costs(await fetched(server, FIELDS__CURRENCY="unit", CURRENCY="EUR")) == {MONTH: 1}
    with pytest.raises(SourceDrifted, match="in EUR, not in USD: set MONITOR_SOURCES__GATE__CURRENCY"):
        await fetched(server, FIELDS__CURRENCY="unit")


@pytest.mark.parametrize(
    ("body", "changes", "reason"),
    [
        ({"kost": 1}, {}, "nothing stands at cost, which MONITOR_SOURCES__GATE__FIELDS__AMOUNT names"),
        ({"cost": None}, {}, "nothing stands at cost"),
        ({"cost": True}, {}, "cost is a boolean"),
        ({"cost": -1}, {}, "cost is negative"),
        ({"cost": 10**18}, {}, "beyond any sense"),
        ({"cost": "1e18"}, {"FIGURE": "balance"}, "beyond any sense"),
        ({"cost": [1]}, {}, "cost is a list"),
        ([], {}, "nothing stands at cost"),
        ([], {"FIELDS__AMOUNT": "sum(@.cost)"}, "does not fit the answer"),
        ({"cost": 1}, {"FIELDS__AS_OF": "at"}, "nothing stands at at"),
        ({"cost": 1, "at": "soon"}, {"FIELDS__AS_OF": "at"}, "no time"),
        ({"cost": 1, "at": 12}, {"FIELDS__AS_OF": "at"}, "no time"),
        ({"cost": 1, "unit": None}, {"FIELDS__CURRENCY": "unit"}, "nothing stands at unit"),
        ({"error": "the figures moved"}, {}, "the answer is an error: the figures moved"),
    ],
)
async def test_what_is_no_amount_is_drift_and_never_zero(
    server: Server, body: object, changes: dict[str, str | None], reason: str
) -> None:
    server.replies["/costs"] = Reply(body)

    with pytest.raises(SourceDrifted, match=reason):
        await fetched(server, "/costs", NOW, **changes)


@pytest.mark.parametrize(
    ("reply", "error", "reason"),
    [
        (Reply({"error": "no"}, 401), SourceRefused, "MONITOR_SOURCES__GATE__API_KEY was refused"),
        (Reply({}, 404), SourceDrifted, "check MONITOR_SOURCES__GATE__BASE_URL"),
        (Reply({}, 503), SourceUnavailable, "503"),
        (Reply({"success": False, "message": "invalid api key"}), SourceRefused, "about the key"),
        (Reply({"code": 500, "message": f"key {KEY} overloaded"}), SourceUnavailable, r"key \*\*\* overloaded"),
    ],
)
async def test_errors_say_who_must_act(server: Server, reply: Reply, error: type[SourceError], reason: str) -> None:
    server.replies["/costs"] = reply

    with pytest.raises(error, match=reason):
        await fetched(server, API_KEY=KEY)


async def test_spent_money_is_an_answer(server: Server) -> None:
    server.replies["/costs"] = Reply({"error": {"code": "insufficient_quota"}}, 402)

    assert (await fetched(server)).quota == Quota(None, None, reached=True)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"BASE_URL": None}, "BASE_URL is not set: a source of kind http needs an address"),
        ({"FIGURE": None}, "FIGURE is not set: say what the amount is, one of counter, balance, day, month"),
        ({"FIGURE": "mont"}, "FIGURE is none of counter, balance, day, month; did you mean month?"),
        ({"METHOD": "PUT"}, "METHOD is none of get, post"),
        ({"FIELDS__AMOUNT": None}, "FIELDS__AMOUNT is not set: write where the amount stands, as data.total.cost"),
        ({"FIELDS__AMOUNT": "data..cost"}, "FIELDS__AMOUNT is not a JMESPath expression: write it as"),
        ({"FIELDS__AMOUNT": "total(data)"}, "FIELDS__AMOUNT is not a JMESPath expression: Unknown function: total()"),
        ({"FIELDS__COST": "x"}, "FIELDS__COST is not a field of this kind: there are amount, currency, limit, as_of"),
        ({"FIELDS__LIMIT": "x", "FIGURE": "balance"}, "FIELDS__LIMIT is of no use beside a balance"),
        ({"BODY": "{"}, "BODY is not JSON"),
        ({"BODY": "[]"}, "BODY is not a JSON object"),
        ({"BODY": "{}", "METHOD": "get"}, "BODY is of no use with the method GET"),
        ({"BASE_URL": "https://gateway.example.com/{yesterday}"}, "BASE_URL has {yesterday} in it"),
        ({"HEADERS__X_TEAM": "a\nb"}, "HEADERS__X_TEAM holds a line break"),
    ],
)
def test_every_mistake_in_the_description_is_said_before_the_start(
    changes: dict[str, str | None], problem: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(changes)

    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(f"MONITOR_SOURCES__GATE__{problem}")


def test_what_describes_a_request_is_a_mistake_for_a_kind_that_knows_its_own() -> None:
    named = {"API_KEY": "k", "METHOD": "GET", "HEADERS__X_TEAM": "t", "FIGURE": "day"}
    environ = {f"MONITOR_SOURCES__OPENAI__{name}": text for name, text in named.items()}

    with pytest.raises(SettingsError) as caught:
        load_settings(environ, secrets_dir=Path("/nonexistent"))

    assert caught.value.problems == [
        f"MONITOR_SOURCES__OPENAI__{name} is not for the kind openai"
        for name in ("METHOD", "FIGURE", "HEADERS__X_TEAM")
    ]


def test_a_header_is_a_secret() -> None:
    loaded = settings({"HEADERS__X_TEAM": "Token abc"})

    assert "Token abc" in loaded.secrets()
    assert "Token abc" not in repr(loaded)
    assert "Token abc" not in repr(loaded.sources[0].account())


WAYS = ["a", "a.b", "a[0].b", "a[].b", "sum(a)", "sum(a[].b)", "max(@)", "abs(a)", "to_number(a)", "/a/b", "/0/a"]
WAYS += ["a[?b>`1`].c", "sort_by(a, &b)[0].b", "avg(a)", "length(a)", "keys(@)", "a || b", "join('', a)", "ceil(a)"]


@given(
    way=st.sampled_from(WAYS),
    body=JSON
    | st.fixed_dictionaries(
        {"a": JSON | st.lists(st.dictionaries(st.sampled_from("bc"), JSON, max_size=2), max_size=3)}
    ),
)
def test_whatever_comes_is_an_amount_or_an_error(way: str, body: object) -> None:
    try:
        amount = cost(compile_expression(way)(body), way)
    except SourceError:
        return

    assert 0 <= amount < 10**12


@given(st.lists(st.decimals(min_value=0, max_value=10**6, places=9), min_size=1))
def test_sums_are_equal_to_the_last_digit(amounts: list[Decimal]) -> None:
    written = ", ".join(f'{{"cost": {amount:f}}}' for amount in amounts)

    assert compile_expression("sum([].cost)")(parse_json(f"[{written}]".encode())) == sum(amounts)
