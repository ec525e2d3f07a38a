"""Whatever a source makes of the bodies, the headers of its answers are read too."""

from datetime import timedelta

import pytest

from monitor.core.errors import SourceUnavailable
from monitor.core.spending.readings import RateLimit
from monitor.daemon.connections import Connections
from monitor.daemon.sources import watch_source
from tests.daemon.servers import Reply, Server
from tests.daemon.sources.accounts import CONTEXT, NOW, account

USAGE = {"actual_cost": "12.50", "todayCost": "1"}
HEADERS = {
    "Date": "Wed, 20 May 2026 11:50:00 GMT",
    "X-RateLimit-Limit-Requests": "60",
    "X-RateLimit-Remaining-Requests": "3",
}


async def test_rate_limits_and_the_clock_come_with_the_figures(server: Server) -> None:
    server.replies["/v1/usage"] = Reply(USAGE, headers=HEADERS)
    server.replies["/v1/usage/limits"] = Reply({"tpm_limit": 1000, "tpm_used": 900}, headers=HEADERS)
    source = watch_source(account(server), connections=Connections(CONTEXT), redact=str, clock=lambda: NOW)

    seen = await source.fetch(NOW)
    await source.close()

    assert seen.rate_limits == (RateLimit("tpm", 1000, 100), RateLimit("requests", 60, 3))
    assert seen.clock_skew is not None
    assert timedelta(minutes=9, seconds=50) < seen.clock_skew <= timedelta(minutes=10)
    assert seen.readings


async def test_headers_that_say_nothing_add_nothing(server: Server) -> None:
    server.replies["/v1/usage"] = Reply(USAGE)
    source = watch_source(account(server), connections=Connections(CONTEXT), redact=str, clock=lambda: NOW)

    seen = await source.fetch(NOW)
    await source.close()

    assert (seen.rate_limits, seen.clock_skew, seen.closed_for) == ((), None, None)


async def test_where_no_request_is_left_it_is_told_for_how_long(server: Server) -> None:
    spent = {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "90s"}
    server.replies["/v1/usage"] = Reply(USAGE, headers=spent)
    server.replies["/v1/usage/limits"] = Reply({}, headers=spent)
    source = watch_source(account(server), connections=Connections(CONTEXT), redact=str, clock=lambda: NOW)

    seen = await source.fetch(NOW)
    server.replies["/v1/usage"] = Reply({"error": "slow down"}, 429, spent)
    with pytest.raises(SourceUnavailable) as caught:
        await source.fetch(NOW)
    await source.close()

    assert seen.closed_for == caught.value.retry_after == timedelta(seconds=90)
