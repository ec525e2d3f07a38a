"""Where a link in a message leads: a page that asks, and acts only when it is answered."""

import asyncio
from datetime import timedelta
from html import escape

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from monitor.core.alerting.alerts import Alert
from monitor.core.alerting.orders import Acknowledge
from monitor.daemon.links import Link, LinkRefused, Links
from monitor.daemon.web.fields import fields_of
from monitor.daemon.web.view import View

log = structlog.get_logger()

SOMEBODY = "a link in a message"
CHOICES = {
    "acknowledge": ("Acknowledge until it is over", None),
    "hour": ("Snooze for an hour", timedelta(hours=1)),
    "night": ("Snooze for eight hours", timedelta(hours=8)),
}
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>spend-monitor</title></head>
<body><main><h1>spend-monitor</h1>{said}</main></body>
</html>
"""


def routes(view: View, links: Links | None) -> list[BaseRoute]:
    if links is None:
        return []

    async def ask(request: Request) -> Response:
        try:
            link = links.read(request.path_params["token"])
        except LinkRefused as refusal:
            return _page(_said(str(refusal)), 410)
        alert = _alert(view, link)
        if alert is None:
            return _page(_said("This alert is over."), 410)
        return _page(_said(view.redact(f"[{alert.severity.name}] {alert.summary}")) + _form())

    async def act(request: Request) -> Response:
        fields = await fields_of(request, ("choice",))
        choice = fields.get("choice")
        if choice not in CHOICES:
            return _page(_said("Nothing was chosen."), 422)
        try:
            link = links.read(request.path_params["token"])
            links.use(link)
            await asyncio.to_thread(links.save)
        except LinkRefused as refusal:
            return _page(_said(str(refusal)), 410)
        except OSError:
            log.exception("a link cannot be noted as used, so it does not count")
            return _page(_said("The state folder cannot be written, so nothing was done."), 503)
        _, span = CHOICES[choice]
        now = view.clock()
        order = Acknowledge(link.alert, SOMEBODY, now, now + span if span else None)
        answer = await view.obey(order)
        log.info("order", order=order.order, by=order.by, answer=answer.words)
        return _page(_said(view.redact(answer.words)), 409 if answer.refused else 200)

    path = "/act/{token}"
    return [Route(path, ask, methods=["GET"]), Route(path, act, methods=["POST"])]


def _alert(view: View, link: Link) -> Alert | None:
    return next((one for one in view.state().alerts.values() if one.id == link.alert and one.firing), None)


def _form() -> str:
    buttons = "".join(
        f'<p><button type="submit" name="choice" value="{name}">{escape(words)}</button></p>'
        for name, (words, _) in CHOICES.items()
    )
    return f'<form method="post">{buttons}</form>'


def _said(words: str) -> str:
    return f"<p>{escape(words)}</p>"


def _page(said: str, status: int = 200) -> Response:
    return HTMLResponse(PAGE.format(said=said), status)
