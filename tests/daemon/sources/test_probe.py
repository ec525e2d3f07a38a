"""`probe` shows the structure of the answers, never what they hold."""

import io

from monitor.daemon.commands.probe import probe
from tests.daemon.servers import Reply, Server
from tests.daemon.sources.accounts import KEY, NOW, account


async def probed(server: Server) -> tuple[int, str]:
    out = io.StringIO()
    code = await probe(account(server), out, redact=str, clock=lambda: NOW)
    return code, out.getvalue()


async def test_what_was_recognised_is_told_with_its_places(server: Server) -> None:
    server.replies["/v1/usage"] = Reply({"data": {"cost": 41.5, "models": [{"model": "m1", "cost": 3}]}})
    server.replies["/v1/usage/limits"] = Reply({"quota_limit": 77})

    code, text = await probed(server)

    assert code == 0
    assert "Recognised: tutorial" in text
    assert "cost stands at data.cost" in text
    assert "quota_limit stands at limits:quota_limit" in text
    assert ". cost: a number" in text
    assert "41.5" not in text
    assert "m1" not in text


async def test_what_was_not_recognised_suggests_paths(server: Server) -> None:
    server.replies["/v1/usage"] = Reply(
        {"stats": {"hits": "12", "name": KEY, "flag": True}, "rows": [{"n": 1}, {"n": 2}]}
    )

    code, text = await probed(server)

    assert code == 1
    assert "Not recognised" in text
    assert "MONITOR_SOURCES__SHEEP__FIELDS__COST=" in text
    assert "    stats.hits\n" in text
    assert "    rows.0.n\n" in text
    assert "flag\n" not in text
    assert KEY not in text
