"""What a person may change: that an alert is known, that some are silent, and a test of a channel."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.core.alerting.orders import (
    Acknowledge,
    AddSilence,
    EndSilence,
    Order,
    Refusal,
    Unacknowledge,
)
from monitor.daemon.web.fields import end_of, ending_of, fields_of
from monitor.daemon.web.orders import author, done
from monitor.daemon.web.view import View

log = structlog.get_logger()

STATUS: Mapping[Refusal, int] = {
    Refusal.UNKNOWN: 404,
    Refusal.AMBIGUOUS: 409,
    Refusal.OVER: 409,
    Refusal.IMPOSSIBLE: 409,
}


class Writes:
    """Each is an order like those of the commands, carried out and saved before it is answered."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._testing = asyncio.Lock()

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/api/v1/alerts/{alert}/acknowledge", self.acknowledge, methods=["POST"]),
            Route("/api/v1/alerts/{alert}/snooze", self.snooze, methods=["POST"]),
            Route("/api/v1/alerts/{alert}/unacknowledge", self.unacknowledge, methods=["POST"]),
            Route("/api/v1/silences", self.silence, methods=["POST"]),
            Route("/api/v1/silences/{silence}/end", self.end_silence, methods=["POST"]),
            Route("/api/v1/channels/{channel}/test", self.test_channel, methods=["POST"]),
        ]

    async def acknowledge(self, request: Request) -> Response:
        fields = await fields_of(request, ("for", "until", "by", "next"))
        now = self._view.clock()
        order = Acknowledge(request.path_params["alert"], author(fields), now, ending_of(fields, now))
        return await self._carried_out(request, fields, order)

    async def snooze(self, request: Request) -> Response:
        fields = await fields_of(request, ("for", "by", "next"))
        now = self._view.clock()
        order = Acknowledge(request.path_params["alert"], author(fields), now, _needed(end_of(fields, now), "for"))
        return await self._carried_out(request, fields, order)

    async def unacknowledge(self, request: Request) -> Response:
        fields = await fields_of(request, ("by", "next"))
        order = Unacknowledge(request.path_params["alert"], author(fields), self._view.clock())
        return await self._carried_out(request, fields, order)

    async def silence(self, request: Request) -> Response:
        fields = await fields_of(request, ("for", "until", "rule", "subject", "key", "reason", "by", "next"))
        now = self._view.clock()
        rule, subject, key = (fields.get(name, "*") for name in ("rule", "subject", "key"))
        if not {"rule", "subject", "key"} & fields.keys():
            raise HTTPException(422, "say what is to be silent: rule, subject or key; everything is key *")
        until = _needed(end_of(fields, now), "for or until")
        order = AddSilence(until, author(fields), fields.get("reason", ""), now, rule, subject, key)
        return await self._carried_out(request, fields, order)

    async def end_silence(self, request: Request) -> Response:
        fields = await fields_of(request, ("by", "next"))
        order = EndSilence(request.path_params["silence"], author(fields), self._view.clock())
        return await self._carried_out(request, fields, order)

    async def test_channel(self, request: Request) -> Response:
        fields = await fields_of(request, ("by", "next"))
        name = request.path_params["channel"]
        if name not in {channel.name for channel in self._view.plan.channels}:
            raise HTTPException(404, "no channel has this name")
        if self._testing.locked():
            raise HTTPException(429, "another test is under way", {"Retry-After": "5"})
        async with self._testing:
            reason = await self._view.try_channel(name)
        if reason is not None:
            raise HTTPException(502, self._view.redact(f"{name}: {reason}"))
        return await done(request, fields, f"{name}: delivered", self._view.redact)

    async def _carried_out(self, request: Request, fields: Mapping[str, str], order: Order) -> Response:
        answer = await self._view.obey(order)
        log.info("order", order=order.order, by=order.by, answer=answer.words)
        if answer.refused is not None:
            raise HTTPException(STATUS[answer.refused], self._view.redact(answer.words))
        return await done(request, fields, answer.words, self._view.redact)


def _needed(until: datetime | None, name: str) -> datetime:
    if until is None:
        raise HTTPException(422, f"{name} is needed")
    return until
