"""The way in for people: a page that takes the token and leaves a cookie."""

from html import escape
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from monitor.daemon.web.door import Door
from monitor.daemon.web.sessions import COOKIE, LASTS

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>spend-monitor: log in</title><link rel="stylesheet" href="/static/page.css"></head>
<body><main class="login"><h1>spend-monitor</h1>{said}
<form method="post" action="/login"><input type="hidden" name="next" value="{next}">
<p><label for="token">Token (MONITOR_WEB_TOKEN)</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus></p>
<p><button type="submit">Log in</button></p></form></main></body>
</html>
"""


def routes(door: Door) -> list[BaseRoute]:
    async def page(request: Request) -> Response:
        return _page(request.query_params.get("next", "/"))

    async def log_in(request: Request) -> Response:
        fields = parse_qs((await request.body()).decode(errors="replace"))
        token, onward = (fields.get(name, [""])[0] for name in ("token", "next"))
        if door.sessions is None:
            return RedirectResponse("/", 303)
        refusal = door.tried(request, token, lambda: _page(onward, "That is not the token.", 401))
        if refusal is not None:
            return refusal
        answer = RedirectResponse(local(onward), 303)
        answer.set_cookie(
            COOKIE,
            door.sessions.new(),
            max_age=int(LASTS.total_seconds()),
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    async def log_out(_: Request) -> Response:
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer

    return [
        Route("/login", page, methods=["GET"]),
        Route("/login", log_in, methods=["POST"]),
        Route("/logout", log_out, methods=["POST"]),
    ]


def local(path: str) -> str:
    """Return where to go on to: a page of ours, whatever was asked for."""
    safe = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if safe else "/"


def _page(onward: str, said: str = "", status: int = 200) -> Response:
    words = f'<p role="alert">{escape(said)}</p>' if said else ""
    return HTMLResponse(PAGE.format(said=words, next=escape(local(onward))), status)
