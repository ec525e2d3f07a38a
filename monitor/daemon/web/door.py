"""Who may come in, and from where: the host that was asked for, the token, and writes from our own pages only."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.daemon.web.answers import problem
from monitor.daemon.web.attempts import Attempts
from monitor.daemon.web.sessions import COOKIE, Sessions

# Open to all, as a proxy or a cluster asks for them, and they tell nothing of the accounts.
PROBES = ("/healthz", "/readyz")
# What the login page needs. Signed links carry their own leave.
WITHOUT_TOKEN = ("/login", "/static/", "/act/")
READS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Door:
    """`hosts` are the names we go by beside addresses and `localhost`; `sessions` None is no token, as on loopback."""

    hosts: frozenset[str]
    sessions: Sessions | None
    attempts: Attempts

    def refusal(self, request: Request) -> Response | None:
        """Return the answer to who may not come in, None for who may."""
        path = request.url.path
        if path in PROBES:
            return None
        bearer = _bearer(request)
        if bearer is not None and self.sessions is not None:  # A browser does not send it itself: no other site can.
            return self.tried(request, bearer, _not_right)
        if not self._is_ours(request.headers.get("host", "")):
            return problem(421, "not a name of this server; if it is one, set MONITOR_PUBLIC_URL to it")
        if request.method not in READS and _from_elsewhere(request):
            return problem(403, "this was sent by a page of another site")
        if self.sessions is None or path.startswith(WITHOUT_TOKEN):
            return None
        if self.sessions.holds(request.cookies.get(COOKIE, "")):
            return None
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(f"/login?next={quote(path)}", 303)
        return problem(401, "the token is needed (MONITOR_WEB_TOKEN)", {"WWW-Authenticate": "Bearer"})

    def tried(self, request: Request, token: str, wrong: Callable[[], Response]) -> Response | None:
        """Return None where the token is right, else `wrong`; who guesses is made to wait, and not heard meanwhile."""
        who = request.client.host if request.client else ""
        wait = self.attempts.wait(who)
        if wait:
            return problem(429, f"too many wrong tokens; wait {wait} s", {"Retry-After": str(wait)})
        if self.sessions is not None and self.sessions.fits(token):
            return None
        self.attempts.failed(who)
        return wrong()

    def _is_ours(self, host: str) -> bool:
        """A page that had its own name pointed at us would ask by that name; it cannot ask by an address."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
            if name.rstrip(".") == "localhost" or name in self.hosts:
                return True
            ip_address(name)
        except ValueError:
            return False
        return True


def _not_right() -> Response:
    return problem(401, "the token is not right", {"WWW-Authenticate": 'Bearer error="invalid_token"'})


def _bearer(request: Request) -> str | None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def _from_elsewhere(request: Request) -> bool:
    """Tell whether a browser says that another site's page sent it; a program says nothing of the kind."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")
