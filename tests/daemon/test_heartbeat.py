"""The sign of life as real receivers on a loopback socket hear it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog
import trustme
from structlog.testing import capture_logs

from monitor.core.alerting.alerts import Rule
from monitor.core.budgets import Budget
from monitor.core.channels import ChannelState
from monitor.core.errors import SourceDrifted, SourceError, SourceRefused, SourceUnavailable
from monitor.core.spending.readings import Quota
from monitor.core.state import Saving, State
from monitor.daemon.heartbeat import SHORTEST_GAP, Heartbeat, gap_between_pings, troubles_of
from monitor.daemon.redact import Redactor
from tests.core.story import START, Story, usd
from tests.daemon.receivers import free_port
from tests.daemon.servers import Reply, Request, Server

UUID = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"
TOKEN = "gatus_bearer_token_01"
CONTEXT = ssl.create_default_context()
SECOND = timedelta(seconds=1)
SOON = timedelta(milliseconds=5)


class World:
    """A heartbeat towards one receiver. `hears` are the requests that it got, `log` the lines that were logged."""

    def __init__(self, server: Server, path: str, *, names: tuple[str, ...] = ("holysheep",), user: str = "") -> None:
        self.server = server
        self.url = f"http://{user}127.0.0.1:{server.port}{path}"
        self.overdue: list[str] = []
        self.troubles: list[str] = []
        self.log: list[structlog.typing.EventDict] = []
        self.names = names

    @asynccontextmanager
    async def running(
        self, *, gap: timedelta = SOON, deadline: timedelta = 5 * SECOND, context: ssl.SSLContext = CONTEXT
    ) -> AsyncIterator[Heartbeat]:
        heartbeat = Heartbeat(
            self.url,
            self.names,
            gap=gap,
            overdue=lambda: self.overdue,
            troubles=lambda: self.troubles,
            ssl_context=context,
            redact=Redactor([self.url]),
            deadline=deadline,
            retry_after=SOON,
        )
        with capture_logs() as self.log:
            task = asyncio.create_task(heartbeat.run())
            try:
                yield heartbeat
            finally:
                task.cancel()
                assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)

    @property
    def hears(self) -> list[Request]:
        return self.server.requests

    async def ping(self, heartbeat: Heartbeat) -> None:
        """Let a poll of each source end, and wait until one more ping was answered and what it means was logged."""
        heard = len(self.hears)
        for name in self.names:
            heartbeat.polled(name, 340 * timedelta(milliseconds=1))
        await until(lambda: len(self.hears) > heard)
        await asyncio.sleep(0.03)

    def said(self) -> list[str]:
        """Return the lines of the log that are of a change, with the reason where there is one."""
        return [
            f"{line['event']}: {line.get('reason', '')}"
            for line in self.log
            if "not" in line["event"] or "again" in line["event"]
        ]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server().running() as running:
        yield running


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not reached():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def healthchecks(server: Server) -> list[str]:
    """Play it: `/ping/<uuid>` and `/fail` behind it; return the list of signals that it takes."""
    signals: list[str] = []

    def take(signal: str) -> Callable[[Request], Reply]:
        def answer(request: Request) -> Reply:
            signals.append(f"{request.method} {signal}: {request.body.decode()}")
            return Reply(b"OK")

        return answer

    server.replies = {f"/ping/{UUID}": take("success"), f"/ping/{UUID}/fail": take("fail")}
    return signals


def uptime_kuma(server: Server) -> list[str]:
    beats: list[str] = []

    def push(request: Request) -> Reply:
        assert float(request.query.get("ping", "0")) >= 0
        beats.append(f"{request.query.get('status', 'up')}: {request.query.get('msg', 'OK')}")
        return Reply({"ok": True})

    server.replies = {"/api/push/JSHs372KL8": push}
    return beats


def gatus(server: Server) -> list[str]:
    results: list[str] = []

    def external(request: Request) -> Reply:
        if request.query.get("success") not in ("true", "false"):
            return Reply(b"missing or invalid success query parameter", 400)
        if request.method != "POST" or request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply(b"invalid token", 401)
        results.append(f"{request.query['success']}: {request.query.get('error', '')}")
        return Reply(b"")

    server.replies = {"/api/v1/endpoints/core_spend/external": external}
    return results


async def test_healthchecks_hears_of_success_and_of_trouble(server: Server) -> None:
    signals = healthchecks(server)
    world = World(server, f"/ping/{UUID}")
    async with world.running() as heartbeat:
        await world.ping(heartbeat)
        world.troubles = ["source holysheep fails: 401", "state folder fails: no space"]
        await world.ping(heartbeat)
        world.troubles = []
        await world.ping(heartbeat)

    assert signals == [
        "POST success: ",
        "POST fail: source holysheep fails: 401\nstate folder fails: no space",
        "POST success: ",
    ]
    assert world.said() == []


async def test_uptime_kuma_hears_of_success_and_of_trouble(server: Server) -> None:
    beats = uptime_kuma(server)
    world = World(server, "/api/push/JSHs372KL8?status=up&msg=OK&ping=")
    async with world.running() as heartbeat:
        await world.ping(heartbeat)
        world.troubles = ["no space"]
        await world.ping(heartbeat)

    assert beats == ["up: OK", "down: no space"]
    assert world.hears[0].query["ping"] == "340"


async def test_gatus_hears_of_success_and_of_trouble(server: Server) -> None:
    results = gatus(server)
    world = World(server, "/api/v1/endpoints/core_spend/external", user=f":{TOKEN}@")
    async with world.running() as heartbeat:
        await world.ping(heartbeat)
        world.troubles = ["no space"]
        await world.ping(heartbeat)

    assert results == ["true: ", "false: no space"]
    assert world.said() == []


async def test_an_unknown_receiver_hears_nothing_while_there_is_trouble(server: Server) -> None:
    server.replies = {"/alive": Reply(b"thanks")}
    world = World(server, "/alive")
    async with world.running() as heartbeat:
        world.troubles = ["no space"]
        heartbeat.polled("holysheep", SECOND)
        await until(lambda: bool(world.said()))
        assert world.hears == []
        world.troubles = []
        await world.ping(heartbeat)

    assert [request.method for request in world.hears] == ["GET"]
    assert [line.partition(":")[0] for line in world.said()] == ["heartbeat is not heard", "heartbeat is heard again"]


async def test_nothing_goes_out_before_every_source_was_polled(server: Server) -> None:
    signals = healthchecks(server)
    world = World(server, f"/ping/{UUID}", names=("holysheep", "openai"))
    async with world.running() as heartbeat:
        for _ in range(3):
            heartbeat.polled("holysheep", SECOND)
            await asyncio.sleep(0.01)
        assert signals == []
        heartbeat.polled("openai", SECOND)
        await until(lambda: bool(signals))


async def test_a_source_that_hangs_is_told_by_silence_although_others_are_polled(server: Server) -> None:
    healthchecks(server)
    world = World(server, f"/ping/{UUID}", names=("holysheep", "openai"))
    async with world.running() as heartbeat:
        await world.ping(heartbeat)
        world.overdue = ["openai"]
        for _ in range(3):
            heartbeat.polled("holysheep", SECOND)
            await asyncio.sleep(0.02)
        assert len(world.hears) == 1
        world.overdue = []
        await world.ping(heartbeat)

    assert world.said() == [
        "heartbeat is not heard: withheld, as polls are overdue: openai",
        "heartbeat is heard again: ",
    ]


async def test_without_polls_nothing_goes_out(server: Server) -> None:
    healthchecks(server)
    world = World(server, f"/ping/{UUID}")
    async with world.running() as heartbeat:
        await world.ping(heartbeat)
        await asyncio.sleep(0.05)

    assert len(world.hears) == 1


async def test_polls_within_the_gap_are_one_ping(server: Server) -> None:
    healthchecks(server)
    world = World(server, f"/ping/{UUID}")
    async with world.running(gap=timedelta(hours=1)) as heartbeat:
        await world.ping(heartbeat)
        for _ in range(20):
            heartbeat.polled("holysheep", SECOND)
            await asyncio.sleep(0)
        await asyncio.sleep(0.03)

    assert len(world.hears) == 1


async def test_a_ping_that_fails_is_tried_once_more(server: Server) -> None:
    answers = iter([Reply(b"", 503), Reply(b"OK")])
    server.replies = {f"/ping/{UUID}": lambda _: next(answers)}
    world = World(server, f"/ping/{UUID}")
    async with world.running() as heartbeat:
        await world.ping(heartbeat)
        await until(lambda: len(world.hears) == 2)

    assert world.said() == []


@pytest.mark.parametrize(
    ("reply", "tries", "reason"),
    [
        (Reply(b"", 503), 2, "it answered 503"),
        (Reply(b"x" * 100_000, 500), 2, "it answered 500"),
        (Reply(b"not found", 404), 1, "it answered 404"),
        (Reply(b"OK (not found)"), 1, "there is no such check"),
    ],
)
async def test_a_failure_is_logged_once_and_so_is_its_end(
    server: Server, reply: Reply, tries: int, reason: str
) -> None:
    server.replies = {f"/ping/{UUID}": reply}
    world = World(server, f"/ping/{UUID}")
    async with world.running() as heartbeat:
        for failed in (1, 2):
            heartbeat.polled("holysheep", SECOND)
            await until(lambda failed=failed: len(world.hears) == failed * tries)  # type: ignore[misc]
            await asyncio.sleep(0.1)
            assert len(world.hears) == failed * tries
        assert world.said() == [f"heartbeat is not heard: {reason}"]
        healthchecks(server)
        await world.ping(heartbeat)

    assert world.said()[1:] == ["heartbeat is heard again: "]


@pytest.mark.parametrize("reply", [Reply(b"", hang=True), Reply(b"slow answer", drip=0.1)])
async def test_a_receiver_that_does_not_end_its_answer_has_its_deadline(server: Server, reply: Reply) -> None:
    server.replies = {f"/ping/{UUID}": reply}
    world = World(server, f"/ping/{UUID}")
    async with world.running(deadline=SECOND / 4) as heartbeat:
        heartbeat.polled("holysheep", SECOND)
        await until(lambda: bool(world.said()))

    assert world.said() == ["heartbeat is not heard: no answer within 0.25 s"]


async def test_a_redirect_is_not_followed(server: Server) -> None:
    elsewhere = healthchecks(server)
    server.replies["/alive"] = Reply(b"", 302, {"Location": f"http://127.0.0.1:{server.port}/ping/{UUID}"})
    world = World(server, "/alive")
    async with world.running() as heartbeat:
        await world.ping(heartbeat)

    assert elsewhere == []
    assert "it redirects" in world.said()[0]


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_receiver_that_cannot_be_reached_or_speaks_no_tls_is_a_failure_without_the_address(
    server: Server, scheme: str
) -> None:
    world = World(server, "")
    port = free_port() if scheme == "http" else server.port
    world.url = f"{scheme}://user:{TOKEN}@127.0.0.1:{port}/ping/{UUID}"
    async with world.running(deadline=timedelta(seconds=0.2)) as heartbeat:
        heartbeat.polled("holysheep", SECOND)
        await until(lambda: bool(world.said()))

    assert UUID not in str(world.log)
    assert TOKEN not in str(world.log)


async def test_a_proxy_that_cannot_be_used_is_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "gopher://proxy.example")
    world = World(server, "/alive")
    async with world.running() as heartbeat:
        heartbeat.polled("holysheep", SECOND)
        await until(lambda: bool(world.said()))

    assert "the proxy that the environment names cannot be used" in world.said()[0]


async def test_a_token_that_no_header_can_hold_is_a_failure_and_no_bug(server: Server) -> None:
    world = World(server, "/api/v1/endpoints/core_spend/external", user=":line%0Abreak@")
    async with world.running() as heartbeat:
        heartbeat.polled("holysheep", SECOND)
        await until(lambda: bool(world.log[1:]))

    assert world.said() == ["heartbeat is not heard: no request can be made of MONITOR_HEARTBEAT_URL"]


@pytest.mark.parametrize("trusted", [True, False])
async def test_only_a_certificate_that_is_trusted_is_spoken_to(trusted: bool) -> None:  # noqa: FBT001
    authority, theirs, ours = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    (authority if trusted else trustme.CA()).configure_trust(ours)
    async with Server().running(theirs) as server:
        signals = healthchecks(server)
        world = World(server, "")
        world.url = f"https://127.0.0.1:{server.port}/ping/{UUID}"
        async with world.running(context=ours) as heartbeat:
            heartbeat.polled("holysheep", SECOND)
            await until(lambda: bool(signals or world.said()))

    assert signals == (["POST success: "] if trusted else [])
    assert bool(world.said()) is not trusted


async def test_a_bug_in_what_is_asked_does_not_end_the_heartbeat(server: Server) -> None:
    signals = healthchecks(server)
    world = World(server, f"/ping/{UUID}")
    world.troubles = [1]  # type: ignore[list-item]
    async with world.running() as heartbeat:
        heartbeat.polled("holysheep", SECOND)
        await until(lambda: any("bug" in line["event"] for line in world.log))
        world.troubles = []
        await world.ping(heartbeat)

    assert signals == ["POST success: "]


async def test_a_secret_in_what_went_wrong_stays_here(server: Server) -> None:
    signals = healthchecks(server)
    world = World(server, f"/ping/{UUID}")
    world.troubles = [f"source holysheep fails: no route to {world.url}"]
    async with world.running() as heartbeat:
        await world.ping(heartbeat)

    assert UUID not in signals[0]


def test_pings_are_as_far_apart_as_polls_and_never_so_close_that_a_receiver_drops_them() -> None:
    assert gap_between_pings([timedelta(minutes=5), timedelta(minutes=1)]) == timedelta(minutes=1)
    assert gap_between_pings([timedelta(seconds=1), timedelta(minutes=1)]) == SHORTEST_GAP


def after(*errors: SourceError) -> State:
    """Return the state after a poll each minute that ended in an error, the first at `START`."""
    story = Story(None)
    for minute, error in enumerate(errors):
        story.at(START + timedelta(minutes=minute)).poll(error)
    return story.state


@pytest.mark.parametrize(
    ("state", "troubles"),
    [
        (after(), ()),
        (after(SourceUnavailable("503")), ()),
        (
            after(SourceRefused("401"), SourceRefused("401")),
            ("source holysheep fails since 2026-11-10 09:00 UTC: 401",),
        ),
        (after(*[SourceUnavailable("503")] * 12), ("source holysheep fails since 2026-11-10 09:00 UTC: 503",)),
        (after(*[SourceDrifted("no cost")] * 12), ("source holysheep fails since 2026-11-10 09:00 UTC: no cost",)),
        (
            replace(after(), saving=Saving(START, "alerts.json cannot be written")),
            ("state folder fails since 2026-11-10 09:00 UTC: alerts.json cannot be written",),
        ),
    ],
)
def test_what_lasts_is_trouble_and_a_hiccup_is_none(state: State, troubles: tuple[str, ...]) -> None:
    assert troubles_of(state, (), START + timedelta(minutes=12)) == troubles


def test_spend_is_no_trouble_of_the_monitor() -> None:
    story = Story(Budget("monthly", usd(100)))
    story.spend(96, Quota(usd(96), usd(100)))

    assert {alert.rule for alert in story.state.alerts.values() if alert.firing} >= {Rule.THRESHOLD, Rule.QUOTA}
    assert troubles_of(story.state, (), START) == ()


def test_a_channel_on_which_something_waits_in_vain_is_trouble() -> None:
    hiccup = ChannelState("ops").failed("503", START + timedelta(minutes=11))
    lasting = ChannelState("pager").failed("timed out", START)
    deleted = ChannelState("chat").failed("404", START + timedelta(minutes=11), permanent=True)

    assert troubles_of(after(), (ChannelState("mail"), hiccup, lasting, deleted), START + timedelta(minutes=12)) == (
        "channel pager fails since 2026-11-10 09:00 UTC: timed out",
        "channel chat fails since 2026-11-10 09:11 UTC: 404",
    )
