"""Stands around the whole site: who comes in, how long and how large a request is, and what each answer must carry."""

import asyncio

import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.daemon.web import usage
from monitor.daemon.web.answers import problem
from monitor.daemon.web.door import Door

log = structlog.get_logger()

LARGEST_BODY = 65_536
LARGEST = {usage.PATH: 1_048_576}
# Seconds. A stream of events ends by itself.
ANSWER_WITHIN = 40.0
ENDLESS = ("/events",)
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    def __init__(self, site: ASGIApp, door: Door) -> None:
        self._site = site
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        answer = _Answer(scope["path"], send)
        try:
            async with asyncio.timeout(None if scope["path"] in ENDLESS else ANSWER_WITHIN):
                app = self._door.refusal(Request(scope)) or self._site
                await app(scope, _limited(receive, LARGEST.get(scope["path"], LARGEST_BODY)), answer.send)
        except ClientDisconnect:
            return
        except TimeoutError:
            await answer.otherwise(scope, receive, 503, "it took too long")
        except Exception:
            log.exception("a web request hit a bug; all else goes on", path=scope["path"])
            await answer.otherwise(scope, receive, 500, "a bug in spend-monitor; see its log")


class _Answer:
    def __init__(self, path: str, send: Send) -> None:
        self._path = path
        self._send = send
        self._begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun = True
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            if not self._path.startswith("/static/"):
                headers["Cache-Control"] = "no-store"
        await self._send(message)

    async def otherwise(self, scope: Scope, receive: Receive, status: int, detail: str) -> None:
        """Say what went wrong, where nothing was said yet; an answer that was torn is closed by the server."""
        if not self._begun:
            await problem(status, detail, {"Connection": "close"})(scope, receive, self.send)


def _limited(receive: Receive, most: int) -> Receive:
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(413, f"a body has at most {most:,} bytes here")
        return message

    return limited
