"""The sign of life: something outside hears that polls go on, and its silence tells that they do not."""

import asyncio
import ssl
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

import httpx
import structlog

from monitor.core.alerting.alerts import Rule
from monitor.core.channels import ChannelState
from monitor.core.state import State
from monitor.daemon.client import open_client
from monitor.daemon.http import USER_AGENT
from monitor.daemon.pings import Ping, ping_of, receiver_of, rejection

log = structlog.get_logger()

# The hosted Healthchecks takes five pings a minute for each check, and one of ours may be sent twice.
SHORTEST_GAP = timedelta(seconds=15)
DEADLINE = timedelta(seconds=10)
RETRY_AFTER = timedelta(seconds=2)
LARGEST_ANSWER = 1024
# Spend beyond a budget is news for the channels. These say that the monitor itself does not see.
BLINDNESS = (Rule.NO_DATA, Rule.REFUSED)


class Heartbeat:
    """Pings after a saved poll, when no poll of any source is overdue; nothing waits for it.

    A source that hangs, a scheduler that sleeps and a dead process are told by silence, as none of them can be trusted
    to say so. `troubles` are what this process knows to be wrong, one line each.
    """

    def __init__(
        self,
        url: str,
        names: Iterable[str],
        *,
        gap: timedelta,
        overdue: Callable[[], Sequence[str]],
        troubles: Callable[[], Sequence[str]],
        ssl_context: ssl.SSLContext,
        redact: Callable[[str], str],
        deadline: timedelta = DEADLINE,
        retry_after: timedelta = RETRY_AFTER,
    ) -> None:
        self._url, self._receiver = url, receiver_of(url)
        self._gap, self._deadline, self._retry_after = gap, deadline, retry_after
        self._overdue, self._troubles = overdue, troubles
        self._ssl_context, self._redact = ssl_context, redact
        self._unpolled = set(names)
        self._took = timedelta()
        self._polled = asyncio.Event()
        self._silent_because: str | None = None

    def polled(self, name: str, took: timedelta) -> None:
        """Hear that a poll of `name` has ended and was written, or that writing it failed."""
        self._unpolled.discard(name)
        self._took = took
        self._polled.set()

    async def run(self) -> None:
        """Ping until cancelled, at most once in each `gap`."""
        loop = asyncio.get_running_loop()
        log.info("heartbeat goes out after each full, saved poll", receiver=self._receiver.value)
        while True:
            await self._polled.wait()
            self._polled.clear()
            if self._unpolled:
                continue
            began = loop.time()
            try:
                self._tell(await self._beat())
            except Exception:
                log.exception("the heartbeat hit a bug; it goes on")
            await asyncio.sleep(began + self._gap.total_seconds() - loop.time())

    async def _beat(self) -> str | None:
        """Ping, and return why that was not heard; None when it was."""
        overdue = self._overdue()
        if overdue:
            return f"withheld, as polls are overdue: {', '.join(overdue)}"
        ping = ping_of(self._url, tuple(map(self._redact, self._troubles())), self._took)
        if ping is None:
            return "withheld, as there is trouble and no other way to tell an unknown receiver"
        reason, passing = await self._send(ping)
        if passing:
            await asyncio.sleep(self._retry_after.total_seconds())
            reason, _ = await self._send(ping)
        return reason

    async def _send(self, ping: Ping) -> tuple[str | None, bool]:
        """Return why the ping did not count, and whether that may pass."""
        seconds = self._deadline.total_seconds()
        headers = {"User-Agent": USER_AGENT, **ping.headers}
        try:
            opened = open_client(self._ssl_context, seconds, headers)
        except (ValueError, ImportError, httpx.InvalidURL):
            return "the proxy that the environment names cannot be used (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY)", False
        try:
            async with (
                asyncio.timeout(seconds),
                opened as client,
                client.stream(ping.method, ping.url, content=ping.content) as response,
            ):
                body = await anext(response.aiter_raw(LARGEST_ANSWER), b"")
        except (TimeoutError, httpx.TimeoutException):
            return f"no answer within {seconds:g} s", True
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL):
            return "no request can be made of MONITOR_HEARTBEAT_URL", False
        except (httpx.HTTPError, OSError) as error:
            return self._redact(f"{type(error).__name__}: {error}"), True
        return rejection(self._receiver, response.status_code, body), response.status_code >= 500

    def _tell(self, reason: str | None) -> None:
        """Log a failure once, and its end once."""
        if reason is not None and reason != self._silent_because:
            log.error("heartbeat is not heard", receiver=self._receiver.value, reason=reason)
        elif reason is None and self._silent_because is not None:
            log.info("heartbeat is heard again", receiver=self._receiver.value)
        self._silent_because = reason


def gap_between_pings(intervals: Iterable[timedelta]) -> timedelta:
    return max(min(intervals), SHORTEST_GAP)


def troubles_of(state: State, waiting: Iterable[ChannelState], now: datetime) -> tuple[str, ...]:
    """Return what keeps the monitor from its work: a lasting fault of a source, of the state folder, of a channel.

    `waiting` are the channels on which something is due: one that failed and has nothing to say may be well again.
    """
    lines = []
    for alert in state.alerts.values():
        source = state.sources.get(alert.subject)
        if alert.firing and alert.rule in BLINDNESS and source is not None:
            lines.append(_line(f"source {alert.subject}", source.health.failing_since, source.health.error))
    if state.saving.failing_since is not None:
        lines.append(_line("state folder", state.saving.failing_since, state.saving.error))
    for channel in waiting:
        if channel.given_up_in(now) == timedelta():
            lines.append(_line(f"channel {channel.name}", channel.failing_since, channel.error))
    return tuple(lines)


def _line(what: str, since: datetime | None, error: str | None) -> str:
    began = f" since {since:%Y-%m-%d %H:%M} UTC" if since else ""
    return f"{what} fails{began}: {error or 'no reason is known'}"
