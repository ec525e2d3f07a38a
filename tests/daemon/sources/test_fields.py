"""The user's own map of an answer goes before all detection."""

import pytest

from monitor.core.errors import SourceDrifted
from monitor.core.money import Money
from monitor.core.spending.readings import Quota
from monitor.core.windows import Window
from monitor.daemon.sources.shapes.numbers import number
from tests.daemon.servers import Reply, Server
from tests.daemon.sources.accounts import MONTH, NOW, account, costs, day, opened

BODY = {"odd": {"spent": 1250, "rows": [{"when": "2026-05-19", "spent": 300}], "cost": 7}, "list": [{"n": "5"}]}


async def test_paths_scale_and_limits_are_the_users(server: Server) -> None:
    server.replies["/v1/usage"] = Reply(BODY)
    server.replies["/v1/usage/limits"] = Reply({"top": {"cents": 5000}})
    fields = {"cost": "odd.spent", "quota_limit": "limits:top.cents", "daily": "odd.rows", "date": "when"}

    async with opened(account(server, fields, scale="0.01")) as source:
        seen = await source.fetch(NOW)

    assert costs(seen) == {MONTH: number("12.5", ""), day(19): 3}
    assert seen.quota == Quota(Money(number("12.5", ""), "USD"), Money(number("50", ""), "USD"))
    assert source.recognised == "field map"


@pytest.mark.parametrize(("scope", "span"), [("day", day(20)), ("month", MONTH), ("lifetime", "forever")])
async def test_the_scope_says_what_the_cost_covers(server: Server, scope: str, span: Window | str) -> None:
    server.replies["/v1/usage"] = Reply(BODY)

    async with opened(account(server, {"cost": "list.0.n", "scope": scope})) as source:
        assert costs(await source.fetch(NOW)) == {span: 5}

    assert server.asked("/v1/usage")[0]["start_date"] == ("2026-05-20" if scope == "day" else "2026-05-01")
    assert len(server.asked("/v1/usage")) == 1


@pytest.mark.parametrize("path", ["odd.nothing", "list.7.n", "list.x", "odd.spent.deeper", "limits:top"])
async def test_a_path_that_leads_nowhere_is_drifted_and_names_its_variable(server: Server, path: str) -> None:
    server.replies["/v1/usage"] = Reply(BODY)
    server.replies["/v1/usage/limits"] = Reply({})

    async with opened(account(server, {"cost": path})) as source:
        with pytest.raises(SourceDrifted, match="MONITOR_SOURCES__SHEEP__FIELDS__COST"):
            await source.fetch(NOW)


@pytest.mark.parametrize(
    "fields", [{"cost": "odd"}, {"cost": "odd.spent", "scope": "week"}, {"total_tokens": "odd.spent"}]
)
async def test_a_map_that_cannot_be_is_drifted(server: Server, fields: dict[str, str]) -> None:
    server.replies["/v1/usage"] = Reply(BODY)

    async with opened(account(server, fields)) as source:
        with pytest.raises(SourceDrifted):
            await source.fetch(NOW)
