"""What an error of a request means, whichever library raises it: known by its shape, as none of them is imported."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from math import isfinite
from typing import Any

from monitor.core.parsing.http_dates import http_date

# Raised before anything was sent, by `httpx` and `httpx2`.
_NOT_SENT = (
    "ConnectError",
    "ConnectTimeout",
    "PoolTimeout",
    "ProxyError",
    "UnsupportedProtocol",
    "LocalProtocolError",
    "InvalidURL",
)


def status_of(error: BaseException) -> int | None:
    """Return the HTTP status that the server answered with; None where it gave no answer."""
    for holder in (error, getattr(error, "response", None)):
        for name in ("status_code", "status"):
            if type(status := getattr(holder, name, None)) is int:
                return status
    return None


def is_timeout(error: BaseException) -> bool:
    return isinstance(error, TimeoutError) or any("Timeout" in kind.__name__ for kind in type(error).__mro__)


def was_sent(error: BaseException) -> bool:
    """Tell whether a request without an answer may have reached the provider, and may be billed."""
    return type(error).__name__ not in _NOT_SENT


def word_of(error: BaseException) -> str:
    """Return the status under which a request with this error is recorded."""
    if (status := status_of(error)) is not None:
        return str(status)
    if isinstance(error, GeneratorExit) or type(error).__name__ == "CancelledError":
        return "cancelled"
    return "timeout" if is_timeout(error) else type(error).__name__


def seconds_to_wait(error: BaseException, now: datetime) -> float | None:
    """Return how long the server asks to wait, never below 0; None where it does not say so readably.

    Source: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    headers = dict(_headers(getattr(getattr(error, "response", None), "headers", None)))
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        if isfinite(seconds):
            return max(seconds, 0.0)
    until = http_date(headers.get("retry-after", ""))
    return None if until is None else max((until - now).total_seconds(), 0.0)


def is_out_of_money(error: BaseException) -> bool:
    """Tell whether a 429 means that nothing is left to pay with: no waiting helps.

    Source: https://platform.openai.com/docs/guides/error-codes
    """
    body = getattr(error, "body", None)
    inner = body.get("error") if isinstance(body, Mapping) else None
    parts: tuple[Any, ...] = (getattr(error, "code", None), getattr(error, "type", None))
    for part in (body, inner):
        if isinstance(part, Mapping):
            parts += (part.get("code"), part.get("type"))
    return "insufficient_quota" in parts


def _headers(headers: object) -> Iterator[tuple[str, str]]:
    if isinstance(headers, Mapping):
        for name, value in headers.items():
            yield str(name).lower(), str(value)
