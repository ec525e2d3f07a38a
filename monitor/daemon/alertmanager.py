"""Keeps an Alertmanager told of what fires. It forgets at a restart, and so is told again and again, as it expects."""

import asyncio
import json
import ssl
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import structlog

from monitor.core.channels import ChannelState
from monitor.core.state import State
from monitor.daemon.alertmanager_alerts import CHANNEL, Labels, Posted, alert_body, to_post
from monitor.daemon.client import open_client

log = structlog.get_logger()

EVERY = timedelta(minutes=1)
# An alert that is not heard of for so long is over: this program was stopped, or cannot reach it.
HOLDS = 4 * EVERY
GATHER_SECONDS, DEADLINE_SECONDS = 1.0, 10.0
# As many as go into one request.
MOST_AT_ONCE = 500
TEXTS = ("labels", "annotations")
USER_AGENT = "spend-monitor"


class Alertmanager:
    """Posts what fires each minute, and at once when that changes; `changed` hears how it goes."""

    def __init__(
        self,
        url: str,
        look: Callable[[], State],
        zone: tzinfo,
        clock: Callable[[], datetime],
        changed: Callable[[ChannelState], None],
        *,
        ssl_context: ssl.SSLContext,
        redact: Callable[[str], str],
        link: str | None = None,
    ) -> None:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        self._url = parts._replace(netloc=host, path=f"{parts.path.rstrip('/')}/api/v2/alerts").geturl()
        self._auth = (
            httpx.BasicAuth(unquote(parts.username), unquote(parts.password or ""))
            if parts.username
            else httpx.USE_CLIENT_DEFAULT
        )
        self._look = look
        self._zone = zone
        self._clock = clock
        self._changed = changed
        self._ssl_context = ssl_context
        self._redact = redact
        self._link = link
        self._woken = asyncio.Event()
        self._posted: Posted = {}
        self.state = ChannelState(CHANNEL)

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        while True:
            try:
                await self.post()
            except Exception:
                log.exception("telling Alertmanager hit a bug; it goes on")
            await asyncio.sleep(GATHER_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY.total_seconds()):
                    await self._woken.wait()
            self._woken.clear()

    async def post(self) -> None:
        """Tell what fires now, and the end of what was told before and does not fire any more."""
        state, now = self._look(), self._clock()
        firing = to_post(state.alerts, state.silences, self._posted, now)
        ended = {labels: alert for labels, alert in self._posted.items() if labels not in firing}
        bodies = [*self._bodies(firing.items(), now + HOLDS, now), *self._bodies(ended.items(), now, now)]
        for start in range(0, len(bodies), MOST_AT_ONCE):
            reason = await self._sent(bodies[start : start + MOST_AT_ONCE])
            if reason is not None:
                self._become(self.state.failed(self._redact(reason), now))
                self._posted = {**ended, **firing}  # Its end is told when it can be.
                return
        self._posted = firing
        if bodies or self.state.failures:
            self._become(self.state.delivered(now))

    def _bodies(self, alerts: Iterable[tuple[Labels, Any]], ends: datetime, now: datetime) -> list[Mapping[str, Any]]:
        bodies = (
            alert_body(labels, alert, ends=ends, zone=self._zone, now=now, link=self._link) for labels, alert in alerts
        )
        return [
            {**body, **{part: {name: self._redact(text) for name, text in body[part].items()} for part in TEXTS}}
            for body in bodies
        ]

    async def _sent(self, bodies: list[Mapping[str, Any]]) -> str | None:
        """Return why it was not taken, None when it was."""
        content = json.dumps(bodies)
        headers = {"User-Agent": USER_AGENT, "Content-Type": "application/json"}
        try:
            async with (
                asyncio.timeout(DEADLINE_SECONDS),
                open_client(self._ssl_context, DEADLINE_SECONDS, headers) as client,
            ):
                answer = await client.post(self._url, content=content, auth=self._auth)
        except (TimeoutError, httpx.TimeoutException):
            return f"no answer within {DEADLINE_SECONDS:g} s"
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, ImportError) as error:
            return f"{type(error).__name__}: {error}"
        return None if answer.is_success else f"HTTP {answer.status_code}: {answer.text[:200]}"

    def _become(self, state: ChannelState) -> None:
        before, self.state = self.state, state
        if before.error != state.error:
            if state.error is not None:
                log.error("Alertmanager is not reached; it is tried again each minute", reason=state.error)
            elif before.error is not None:
                log.info("Alertmanager is reached again")
        if (before.state, before.error) != (state.state, state.error):
            self._changed(state)
