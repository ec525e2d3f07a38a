"""A person's hand on the breakers of all programs that share the ledger, from a phone at night as well."""

from collections.abc import Callable
from datetime import datetime
from sqlite3 import Connection
from typing import TypeVar

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.core.errors import LedgerError
from monitor.daemon.web.fields import end_of, fields_of
from monitor.daemon.web.orders import author, done
from monitor.daemon.web.view import View
from monitor.ledger.reservations import close_breaker, open_by_hand

log = structlog.get_logger()

_T = TypeVar("_T")


def routes(view: View, hear: Callable[[], None]) -> list[BaseRoute]:
    """Return the routes; `hear` is told when one of them has changed something."""

    async def opened(request: Request) -> Response:
        fields = await fields_of(request, ("for", "until", "reason", "by", "next"))
        now, by = view.clock(), author(fields)
        until = end_of(fields, now)
        reason = f"{fields.get('reason') or 'no reason given'} (by {by})"
        await changed(lambda ledger: open_by_hand(ledger, now, until, reason))
        log.warning("the breaker was opened by hand", by=by, until=until, reason=reason)
        words = f"the breaker is open {_until(until)}: what costs is refused in every program on the ledger"
        return await done(request, fields, words, view.redact)

    async def closed(request: Request) -> Response:
        fields = await fields_of(request, ("by", "next"))
        ended = await changed(close_breaker)
        log.warning("the breaker was closed by hand", by=author(fields), ended=ended)
        words = f"{ended} of what held the breaker open {'is' if ended == 1 else 'are'} ended"
        return await done(request, fields, words, view.redact)

    async def changed(change: Callable[[Connection], _T]) -> _T:
        if not view.ledger.exists:
            raise HTTPException(409, "there is no ledger: no program would be refused anything (MONITOR_LEDGER)")
        try:
            result = await view.ledger.change(change)
        except LedgerError as error:
            raise HTTPException(503, view.redact(str(error))) from error
        hear()
        return result

    return [
        Route("/api/v1/breaker/open", opened, methods=["POST"]),
        Route("/api/v1/breaker/close", closed, methods=["POST"]),
    ]


def _until(moment: datetime | None) -> str:
    return f"until {moment:%Y-%m-%d %H:%M} UTC" if moment else "until it is closed"
