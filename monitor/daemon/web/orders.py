"""What all that changes something has in common: who asks for it, and how it is answered."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from monitor.daemon.web.answers import json_answer
from monitor.daemon.web.fields import is_form
from monitor.daemon.web.login import local

SOMEBODY = "web"


def author(fields: Mapping[str, str]) -> str:
    return fields.get("by", SOMEBODY)


async def done(request: Request, fields: Mapping[str, str], words: str, redact: Callable[[str], str]) -> Response:
    """Return the words; a form that was sent by a page without a script goes back to the page."""
    if await is_form(request):
        return RedirectResponse(local(fields.get("next", "/")), 303)
    return json_answer({"answer": words}, redact)
