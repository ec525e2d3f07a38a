"""HolySheep in the shape that its users report, with dates heeded or ignored."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.core.errors import SourceDrifted, SourceError, SourceRefused, SourceUnavailable
from monitor.core.money import Money
from monitor.core.spending.readings import Quota
from monitor.core.windows import Window
from tests.daemon.servers import Reply, Request, Server
from tests.daemon.sources.accounts import APRIL, KEY, MONTH, NOW, account, costs, day, opened


def totals(spent: dict[date, int], **more: object) -> Callable[[Request], Reply]:
    """Return a server that heeds the days it is asked for and tells totals only."""

    def answer(request: Request) -> Reply:
        first, last = (date.fromisoformat(request.query[name]) for name in ("start_date", "end_date"))
        cost = sum(amount for on, amount in spent.items() if first <= on <= last)
        return Reply({"cost": cost, "total_tokens": cost * 1000, "request_count": cost, **more})

    return answer


async def test_totals_are_asked_for_by_month_and_day(server: Server) -> None:
    server.replies["/v1/usage"] = totals({date(2026, 5, 3): 40, date(2026, 5, 19): 7, date(2026, 5, 20): 3})
    server.replies["/v1/usage/limits"] = Reply({"quota_limit": "200.00", "quota_used": 50, "requests_per_minute": 60})

    async with opened(account(server)) as source:
        seen = await source.fetch(NOW)

    assert costs(seen) == {MONTH: 50, day(19): 7, day(20): 3}
    assert seen.readings[0].tokens == 50_000
    assert seen.readings[0].requests == 50
    assert seen.quota == Quota(Money(Decimal(50), "USD"), Money(Decimal(200), "USD"))
    assert seen.error is None
    assert seen.as_of == NOW
    assert source.recognised == "tutorial"
    assert server.asked("/v1/usage")[0] == {"start_date": "2026-05-01", "end_date": "2026-05-20"}


async def test_daily_and_model_rows_need_no_further_questions(server: Server) -> None:
    server.replies["/v1/usage"] = Reply(
        {
            "data": {
                "cost": "12.5",
                "daily": [{"date": "2026-05-02", "cost": "10"}, {"date": "2026-05-20", "cost": 2.5}],
                "models": [{"model": "gpt-x", "cost": 12, "tokens": 5}, {"name": "gpt-y", "cost": "0.5"}],
            }
        }
    )

    async with opened(account(server)) as source:
        seen = await source.fetch(NOW)

    spent = costs(seen)
    assert spent[MONTH] == Decimal("12.5")
    assert spent[day(20)] == Decimal("2.5")
    assert spent[day(7)] == 0, "the rows account for the whole month, so a day without one cost nothing"
    assert costs(seen, "gpt-x") == {MONTH: 12}
    assert costs(seen, "gpt-y") == {MONTH: Decimal("0.5")}
    assert len(server.asked("/v1/usage")) == 1


async def test_days_without_a_row_are_unknown_where_the_rows_are_not_all(server: Server) -> None:
    server.replies["/v1/usage"] = Reply({"cost": 90, "trend": [{"date": "2026-05-20", "cost": 2}]})

    async with opened(account(server)) as source:
        assert costs(await source.fetch(NOW)) == {MONTH: 90, day(20): 2}


async def test_rows_outside_of_the_month_do_not_count_into_it(server: Server) -> None:
    rows = {"2026-04-30": 5, "2026-05-19": {"cost": 2}, "2026-05-20": "1"}
    server.replies["/v1/usage"] = Reply({"total_cost": 8, "daily_costs": rows})

    async with opened(account(server)) as source:
        spent = costs(await source.fetch(NOW))

    assert spent[MONTH] == 3
    assert spent[day(30, 4)] == 5


async def test_used_and_limit_alone_are_the_month(server: Server) -> None:
    server.replies["/v1/usage"] = Reply({"quota_used": "60", "quota_limit": "100", "total_tokens": 9})

    async with opened(account(server)) as source:
        seen = await source.fetch(NOW)

    assert costs(seen) == {MONTH: 60}
    assert seen.readings[0].tokens == 9
    assert seen.quota == Quota(Money(Decimal(60), "USD"), Money(Decimal(100), "USD"))


@pytest.mark.parametrize("now", [NOW, datetime(2026, 5, 1, 12, tzinfo=UTC), datetime(2026, 5, 2, 12, tzinfo=UTC)])
async def test_a_server_that_ignores_dates_is_believed_for_the_month_only(server: Server, now: datetime) -> None:
    server.replies["/v1/usage"] = Reply({"cost": 50, "total_tokens": 7})

    async with opened(account(server)) as source:
        for moment in (now, now + timedelta(minutes=1)):
            assert costs(await source.fetch(moment)) == {MONTH: 50}
        first_day = len(server.asked("/v1/usage"))
        await source.fetch(now + timedelta(days=1))

    assert len(server.asked("/v1/usage")) > first_day + 1, "once a day it is checked again"


async def test_a_figure_that_grows_between_the_questions_does_not_hide_that_dates_are_ignored(server: Server) -> None:
    served = iter(range(1000, 2000))
    server.replies["/v1/usage"] = lambda _: Reply({"cost": next(served)})

    async with opened(account(server)) as source:
        assert set(costs(await source.fetch(NOW))) == {MONTH}


async def test_two_days_of_the_same_cost_are_no_proof(server: Server) -> None:
    server.replies["/v1/usage"] = totals({date(2026, 5, 19): 5, date(2026, 5, 20): 5})

    async with opened(account(server)) as source:
        assert costs(await source.fetch(NOW)) == {MONTH: 10, day(19): 5, day(20): 5}


async def test_the_month_before_is_asked_for_while_it_may_be_corrected(server: Server) -> None:
    server.replies["/v1/usage"] = totals({date(2026, 4, 3): 70, date(2026, 4, 30): 9, date(2026, 5, 1): 2})

    async with opened(account(server)) as source:
        seen = await source.fetch(datetime(2026, 5, 1, 8, tzinfo=UTC))

    assert costs(seen) == {MONTH: 2, day(1): 2, day(30, 4): 9, APRIL: 79}


async def test_days_are_days_of_the_accounts_zone(server: Server) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    server.replies["/v1/usage"] = totals({date(2026, 6, 1): 4})

    async with opened(account(server, zone=zone)) as source:
        seen = await source.fetch(datetime(2026, 5, 31, 20, tzinfo=UTC))

    start = datetime(2026, 6, 1, tzinfo=zone)
    assert costs(seen)[Window(start, start + timedelta(days=30))] == 4
    assert costs(seen)[Window(start, start + timedelta(days=1))] == 4


async def test_a_failing_further_question_keeps_the_month(server: Server) -> None:
    def answer(request: Request) -> Reply:
        month = request.query["start_date"] == "2026-05-01"
        return Reply({"cost": 50}) if month else Reply(f"busy, {KEY}".encode(), 500)

    server.replies["/v1/usage"] = answer

    async with opened(account(server)) as source:
        seen = await source.fetch(NOW)

    assert costs(seen) == {MONTH: 50}
    assert isinstance(seen.error, SourceUnavailable)
    assert KEY not in str(seen.error)


@pytest.mark.parametrize("status", [404, 405, 501])
async def test_no_limits_endpoint_is_no_error_and_asked_for_daily(server: Server, status: int) -> None:
    server.replies["/v1/usage"] = Reply({"cost": 50})
    server.replies["/v1/usage/limits"] = Reply(b"", status)

    async with opened(account(server)) as source:
        seen = [await source.fetch(NOW + timedelta(hours=hours)) for hours in (0, 1, 13)]

    assert [observation.error for observation in seen] == [None] * 3
    assert len(server.asked("/v1/usage/limits")) == 2


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(b"", 500), SourceUnavailable),
        (Reply({"error": "no"}, 401), SourceRefused),
        (Reply([]), SourceDrifted),
        (Reply({"quota_limit": True}), SourceDrifted),
        (Reply({}, 400), SourceDrifted),
    ],
)
async def test_failing_limits_stand_beside_the_readings(server: Server, reply: Reply, kind: type[SourceError]) -> None:
    server.replies["/v1/usage"] = Reply({"cost": 50})
    server.replies["/v1/usage/limits"] = reply

    async with opened(account(server)) as source:
        seen = await source.fetch(NOW)

    assert costs(seen)[MONTH] == 50
    assert isinstance(seen.error, kind)


@pytest.mark.parametrize(
    ("limits", "used", "limit"),
    [
        ({"quota": {"limit": 100, "used": 40}}, 40, 100),
        ({"data": {"monthly_limit": "100"}}, 50, 100),
        ({"limit": 100, "remaining": 30}, 70, 100),
        ({"hard_limit_usd": 100}, 50, 100),
        ({"limits": [{"type": "rpm", "limit": 60}, {"type": "monthly_budget", "limit": 100, "used": 51}]}, 51, 100),
        ({"quota_limit": 0, "quota_used": 40}, 40, None),
        ({"quota_limit": -1, "quota_used": 40}, 40, None),
        ({"quota_limit": None, "quota_used": 40}, 40, None),
        ({"quota_limit": 999999, "quota_used": 40}, 40, None),
        ({"quota_limit": 100000000, "quota_used": 40}, 40, None),
    ],
)
async def test_limits_of_money_are_found(server: Server, limits: Any, used: int, limit: int | None) -> None:
    server.replies["/v1/usage"] = Reply({"cost": 50})
    server.replies["/v1/usage/limits"] = Reply(limits)

    async with opened(account(server)) as source:
        quota = (await source.fetch(NOW)).quota

    expected = None if limit is None else Money(Decimal(limit), "USD")
    assert quota == Quota(Money(Decimal(used), "USD"), expected)


@pytest.mark.parametrize(
    "limits",
    [
        {"requests_per_minute": 60, "limit": 60, "remaining": 59},
        {"rate_limit": {"limit": 60, "remaining": 10}},
        {"limit": 100, "remaining": 40, "reset": 1699999999},
        {"limit": 60, "used": 3, "window": "1 minute", "unit": "requests"},
        {"limits": [{"type": "rpm", "limit": 60}]},
        {},
    ],
)
async def test_limits_of_rate_are_no_money(server: Server, limits: Any) -> None:
    server.replies["/v1/usage"] = Reply({"cost": 50})
    server.replies["/v1/usage/limits"] = Reply(limits)

    async with opened(account(server)) as source:
        seen = await source.fetch(NOW)

    assert seen.quota is None
    assert seen.error is None


async def test_a_quota_that_is_exhausted_is_reached_whatever_the_figures(server: Server) -> None:
    server.replies["/v1/usage"] = Reply({"cost": 50, "quota_limit": 100, "status": "quota_exhausted"})

    async with opened(account(server)) as source:
        quota = (await source.fetch(NOW)).quota

    assert quota is not None
    assert quota.reached


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (
            402,
            {
                "error": {"type": "insufficient_quota", "code": "daily_cost_limit_exceeded"},
                "currentCost": 6,
                "costLimit": 5,
            },
            {day(20): 6},
        ),
        (429, {"error": {"code": "monthly_cost_limit_exceeded"}, "currentCost": 6, "costLimit": 5}, {MONTH: 6}),
        (422, {"error": {"type": "budget_exceeded", "message": "Current cost: 6, Max budget: 5"}}, {}),
        (200, {"error": {"type": "insufficient_quota", "message": "used 6 of limit 5"}}, {}),
    ],
)
async def test_a_limit_that_is_reached_is_told_with_its_figures(
    server: Server, status: int, body: Any, expected: object
) -> None:
    server.replies["/v1/usage"] = Reply(body, status)

    async with opened(account(server)) as source:
        seen = await source.fetch(NOW)

    assert seen.quota == Quota(Money(Decimal(6), "USD"), Money(Decimal(5), "USD"), reached=True)
    assert costs(seen) == expected


async def test_other_numbers_of_a_message_are_no_figures(server: Server) -> None:
    words = "limit_exceeded (request id: 2026), retry in 5 minutes"
    server.replies["/v1/usage"] = Reply({"error": {"type": "insufficient_quota", "message": words}}, 429)

    async with opened(account(server)) as source:
        assert (await source.fetch(NOW)).quota == Quota(None, None, reached=True)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": {"message": f"invalid token {KEY}"}}, SourceRefused),
        ({"success": False, "message": "无效的令牌"}, SourceRefused),
        ({"code": 500, "message": "internal error"}, SourceUnavailable),
        ({"code": False, "message": "hm"}, SourceDrifted),
        ({"isValid": False, "mode": "unrestricted"}, SourceRefused),
    ],
)
async def test_a_200_may_be_an_error(server: Server, body: Any, kind: type[SourceError]) -> None:
    server.replies["/v1/usage"] = Reply(body)

    async with opened(account(server)) as source:
        with pytest.raises(kind) as caught:
            await source.fetch(NOW)

    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"<!doctype html><p>",
        b"null",
        b"[]",
        b"5",
        b'"text"',
        b"{}",
        b'{"cost": NaN}',
        b'{"cost": true}',
        b'{"cost": -1}',
        b'{"cost": []}',
        b'{"cost": "lots"}',
        b'{"cost": ""}',
        b'{"cost": 1000000000000}',
        b'{"cost": 1e999999}',
        b'{"cost": 5',
        b'{"total_tokens": 5, "request_count": 1}',
        b'{"cost": 5, "daily": [{"date": "2026-05-20"}]}',
        b'{"cost": 5, "currency": "CNY"}',
        b'{"cost": 5, "unit": "TOKENS"}',
    ],
)
async def test_what_is_not_understood_is_drifted_and_never_zero(server: Server, content: bytes) -> None:
    server.replies["/v1/usage"] = Reply(content)

    async with opened(account(server)) as source:
        with pytest.raises(SourceDrifted):
            await source.fetch(NOW)


async def test_the_error_of_an_unknown_shape_tells_keys_and_no_values(server: Server) -> None:
    server.replies["/v1/usage"] = Reply({"plan": "secret-plan", "hits": 5})

    async with opened(account(server)) as source:
        with pytest.raises(SourceDrifted, match="plan, hits") as caught:
            await source.fetch(NOW)

    assert "secret-plan" not in str(caught.value)


async def test_the_currency_that_the_account_has_is_taken(server: Server) -> None:
    server.replies["/v1/usage"] = Reply({"cost": 5, "currency": "RMB"})

    async with opened(account(server, currency="CNY")) as source:
        assert (await source.fetch(NOW)).readings[0].cost == Money(Decimal(5), "CNY")
