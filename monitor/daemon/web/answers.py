"""How answers are written: JSON without secrets, and problems as RFC 9457 wants them."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response


def json_answer(content: object, redact: Callable[[str], str], *, status: int = 200) -> Response:
    """Return the content as JSON, each text in it without what is known, or looks, to be a secret."""
    return Response(json_bytes(content, redact), status, media_type="application/json")


def json_bytes(content: object, redact: Callable[[str], str]) -> bytes:
    return json.dumps(_clean(content, redact), ensure_ascii=False, separators=(",", ":")).encode(
        errors="backslashreplace"
    )


def problem(
    status: int, detail: str, headers: Mapping[str, str] | None = None, more: Mapping[str, Any] | None = None
) -> Response:
    """Return what went wrong, in words for a person; `more` is for programs.

    Source: https://www.rfc-editor.org/rfc/rfc9457
    """
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **(more or {}),
    }
    body = json.dumps(content, ensure_ascii=False).encode(errors="backslashreplace")
    return Response(body, status, headers, media_type="application/problem+json")


async def refused(request: Request, error: Exception) -> Response:  # noqa: ARG001 - Starlette hands the request over.
    """Return what a route raised as a problem."""
    assert isinstance(error, HTTPException)  # noqa: S101
    return problem(error.status_code, error.detail, error.headers)


async def broken(request: Request, error: Exception) -> Response:  # noqa: ARG001 - Starlette hands both over.
    """Answer for a bug; it is raised on to the guard, which logs it."""
    return problem(500, "a bug in spend-monitor; see its log")


def _clean(content: Any, redact: Callable[[str], str]) -> Any:
    match content:
        case str():
            return redact(content)
        case Mapping():
            return {redact(str(name)): _clean(value, redact) for name, value in content.items()}
        case list() | tuple():
            return [_clean(value, redact) for value in content]
        case _:
            return content
