"""The site as a whole: all routes, behind the guard. Only here are the parts of the web put together."""

from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from monitor.daemon.intake.intake import Intake
from monitor.daemon.settings import Settings
from monitor.daemon.settings.web import UNIX
from monitor.daemon.web import (
    act,
    breaker_writes,
    budgets,
    documents,
    history,
    login,
    openapi,
    probes,
    requests,
    sources,
    spend,
    usage,
)
from monitor.daemon.web.answers import broken, refused
from monitor.daemon.web.attempts import Attempts
from monitor.daemon.web.door import Door
from monitor.daemon.web.events import Events
from monitor.daemon.web.guard import Guard
from monitor.daemon.web.page import Page
from monitor.daemon.web.rows import Rows
from monitor.daemon.web.sessions import Sessions
from monitor.daemon.web.view import View
from monitor.daemon.web.writes import Writes


def site_of(view: View, settings: Settings, rows: Rows, events: Events, page: Page, intake: Intake | None) -> Guard:
    token = settings.web_token
    door = Door(
        hosts=_hosts(settings), sessions=Sessions(token.value, view.clock) if token else None, attempts=Attempts()
    )
    routes = [
        *probes.routes(view),
        *documents.routes(view, rows),
        *budgets.routes(view),
        *sources.routes(view),
        *spend.routes(view),
        *history.routes(view),
        *requests.routes(view),
        *usage.routes(view, intake),
        *openapi.routes(view),
        *Writes(view).routes(),
        *breaker_writes.routes(view, page.breaker_changed),
        *events.routes(),
        *act.routes(view, view.links),
        *login.routes(door),
        *page.routes(),
    ]
    return Guard(Starlette(routes=routes, exception_handlers={HTTPException: refused, Exception: broken}), door)


def _hosts(settings: Settings) -> frozenset[str]:
    """Return the names that the settings call us by."""
    listen = "" if settings.listen.startswith(UNIX) else settings.listen
    public = urlsplit(settings.public_url or "").hostname or ""
    return frozenset(filter(None, [listen.rpartition(":")[0].lower(), public]))
