"""Why a send failed, in words that hold no secret.

Apprise says only whether it worked. The cause is in its debug log, together with addresses and tokens, and in the
HTTP answer, which it drops. Both are noted here, per thread, and only known facts are let out.
"""

import importlib
import json
import logging
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

from monitor.core.errors import MonitorError

MAX_RETRY_AFTER = timedelta(minutes=15)
LONGEST_QUOTE = 160
SHORT = 4
TOO_MANY_REQUESTS = 429

CAUSES = {
    r"ProxyError|connect to proxy": "the proxy cannot be reached",
    r"NameResolution|getaddrinfo|Name or service not known|name resolution|No address associated": "name not found",
    r"Connection refused": "connection refused",
    r"CERTIFICATE_VERIFY_FAILED|doesn't match|certificate verify": "TLS: the certificate is not trusted",
    r"SSL|TLS": "TLS: no secure connection",
    r"timed out|Timeout": "timed out",
    r"unreachable|No route to host": "network unreachable",
    r"RemoteDisconnected|reset by peer|Connection aborted|unexpectedly closed|Broken pipe": "connection closed",
}


class SendFailed(MonitorError):
    """A message was not delivered. `retry_after` is the service's own wish, already capped."""

    def __init__(self, reason: str, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class Trace:
    """What one send did: the last HTTP answer and error, and the lines that Apprise logged."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.content = b""
        self.error = ""

    def __enter__(self) -> "Trace":
        _current.trace = self
        return self

    def __exit__(self, *_: object) -> None:
        _current.trace = None

    def answered(self, response: Any) -> None:
        """Note an HTTP answer."""
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self.content = response.content[:4096] if response.content else b""

    def redirected(self) -> bool:
        """Return whether the last answer sent us elsewhere, where a message is not delivered."""
        return self.status is not None and HTTPStatus.MULTIPLE_CHOICES <= self.status < HTTPStatus.BAD_REQUEST

    def failure(self, scrub: Callable[[str], str]) -> SendFailed:
        """Return what went wrong, as well as it can be told."""
        return SendFailed(self._reason(scrub), self._retry_after())

    def _reason(self, scrub: Callable[[str], str]) -> str:
        if self.error and (cause := _cause(self.error)):
            return cause
        if self.status is not None and not HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES:
            said = scrub(_quote(self.content))
            return f"HTTP {self.status}{_phrase(self.status)}" + (f": {said}" if said else "")
        text = "\n".join(line for line in self.lines if not line.startswith(("Loaded ", "Throttling ")))
        exceptions = "\n".join(line for line in self.lines if "Exception" in line)
        if smtp := re.search(r"\((\d{3}), b?['\"](.{1,200}?)['\"][,)]", exceptions, re.DOTALL):
            return f"SMTP {smtp[1]}: {scrub(_one_line(smtp[2]))}"
        if cause := _cause(exceptions):
            return cause
        if code := re.search(r"error=(\d{3})\b", text):
            return f"HTTP {code[1]}{_phrase(int(code[1]))}"
        return "the service did not accept it"

    def _retry_after(self) -> timedelta | None:
        seconds = _seconds(self.headers.get("retry-after", ""))
        if seconds is None and self.status == TOO_MANY_REQUESTS:
            asked = re.search(rb'"retry_after"\s*:\s*(\d+(?:\.\d+)?)', self.content)
            seconds = float(asked[1]) if asked else None
        if seconds is None and (logged := re.search(r"retry after (\d+)", "\n".join(self.lines), re.IGNORECASE)):
            seconds = float(logged[1])
        if seconds is None or seconds < 0:
            return None
        return timedelta(seconds=min(seconds, MAX_RETRY_AFTER.total_seconds()))


class _Current(threading.local):
    trace: Trace | None = None


def _take(record: logging.LogRecord) -> bool:
    """Keep a record to ourselves."""
    if _current.trace is not None:
        _current.trace.lines.append(record.getMessage())
    return False


_current = _Current()
_installing = threading.Lock()


def listen() -> None:
    """Take Apprise's log for ourselves, and see the answers that pass through `requests`.

    Apprise writes whole addresses at several levels, so nothing of it may reach the root logger.
    """
    with _installing:
        logger = logging.getLogger("apprise")
        if _take in logger.filters:
            return
        logger.addFilter(_take)
        logger.setLevel(logging.DEBUG)
        # At debug level it writes the path of each request, which is where webhooks keep their token.
        logging.getLogger("urllib3").setLevel(logging.WARNING)
        _observe(importlib.import_module("requests"))


def _observe(requests: Any) -> None:
    original = requests.Session.send

    def send(session: Any, request: Any, **options: Any) -> Any:
        trace = _current.trace
        if trace is None:
            return original(session, request, **options)
        if trace.status == TOO_MANY_REQUESTS:
            # Some plugins ask again at once; that only prolongs the ban.
            raise requests.ConnectionError("rate limited")
        try:
            response = original(session, request, **options)
        except Exception as error:
            trace.error = str(error) or type(error).__name__
            raise
        trace.answered(response)
        return response

    requests.Session.send = send


def scrubber(url: str, redact: Callable[[str], str]) -> Callable[[str], str]:
    """Return what takes every part of this address, and any other address, out of a foreign text."""
    address, _, query = url.partition("://")[2].partition("?")
    values = [value for _, value in parse_qsl(query)]
    parts = {part for text in (address, *values) for part in re.split(r"[/:@,;#?&]+", text) if len(part) >= SHORT}
    parts |= {*values, *address.rpartition("@")[0].split(":")}
    parts |= {unquote(part) for part in parts}
    longest_first = sorted(parts - {"", "yes", "no"}, key=len, reverse=True)
    paths = [r"\w+://\S+", r"(?<!\w)/(?:\w[\w%.~-]*/)+\S*"]
    pattern = re.compile("|".join([*paths, *map(_whole, longest_first)]), re.IGNORECASE)
    return lambda text: redact(pattern.sub("***", text))


def _whole(part: str) -> str:
    """Return a pattern; a short part counts only where it stands alone."""
    return re.escape(part) if len(part) > SHORT else rf"(?<!\w){re.escape(part)}(?!\w)"


def _cause(text: str) -> str | None:
    # What stands before is the address, whose token may spell anything.
    told = text.rpartition("Caused by ")[2]
    return next((words for pattern, words in CAUSES.items() if re.search(pattern, told)), None)


def _phrase(status: int) -> str:
    return f" {HTTPStatus(status).phrase}" if status in HTTPStatus._value2member_map_ else ""


def _quote(content: bytes) -> str:
    """Return what the service itself says is wrong, if it says so in a few words."""
    text = content.decode("utf-8", "replace").strip()
    try:
        found = json.loads(text)
    except ValueError:
        return "" if "<" in text or len(text) > LONGEST_QUOTE else _one_line(text)
    if isinstance(found, dict):
        said = [found[key] for key in ("description", "message", "error", "errors") if isinstance(found.get(key), str)]
        return _one_line(said[0]) if said else ""
    return ""


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:LONGEST_QUOTE]


def _seconds(header: str) -> float | None:
    if re.fullmatch(r"\d{1,9}(\.\d+)?", header.strip()):
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    return (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
