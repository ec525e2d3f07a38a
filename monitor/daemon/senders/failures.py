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
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from monitor.core.errors import MonitorError
from monitor.daemon.senders.certificates import share
from monitor.daemon.senders.verdicts import SMTP, is_permanent, retry_after

LONGEST_QUOTE = 160
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
    """A message was not delivered. `retry_after` is the service's own wish, already capped.

    `permanent` says that it is of no use to try again before a person has acted.
    """

    def __init__(self, reason: str, retry_after: timedelta | None = None, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.permanent = permanent


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
        wish = retry_after(self.status, self.headers, self.content) or self._logged_wish()
        return SendFailed(self._reason(scrub), wish, permanent=self._permanent())

    def _reason(self, scrub: Callable[[str], str]) -> str:
        if self.error and (cause := _cause(self.error)):
            return cause
        said = scrub(_quote(self.content))
        if self.status is not None and not HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES:
            return f"HTTP {self.status}{_phrase(self.status)}" + (f": {said}" if said else "")
        if said:  # A success that is none: a bot is refused in the words alone.
            return f"the service did not accept it: {said}"
        if smtp := self._smtp():
            return f"SMTP {smtp[1]}: {scrub(_one_line(smtp[2]))}"
        if cause := _cause(self._exceptions()):
            return cause
        text = "\n".join(line for line in self.lines if not line.startswith(("Loaded ", "Throttling ")))
        if code := re.search(r"error=(\d{3})\b", text):
            return f"HTTP {code[1]}{_phrase(int(code[1]))}"
        return "the service did not accept it"

    def _permanent(self) -> bool:
        if self.error:
            return False
        if self.status is not None:
            return is_permanent(self.status, self.content)
        smtp = self._smtp()
        return smtp is not None and int(smtp[1]) in SMTP

    def _smtp(self) -> re.Match[str] | None:
        """Return the code and the words of a mail server's refusal."""
        return re.search(r"\((\d{3}), b?['\"](.{1,200}?)['\"][,)]", self._exceptions(), re.DOTALL)

    def _exceptions(self) -> str:
        return "\n".join(line for line in self.lines if "Exception" in line)

    def _logged_wish(self) -> timedelta | None:
        """Return the wait that a plugin has read out of an answer that we did not see."""
        logged = re.search(r"retry after (\d{1,9})", "\n".join(self.lines), re.IGNORECASE)
        return retry_after(None, {"retry-after": logged[1]}, b"") if logged else None


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
        share(session, request, options)
        try:
            response = original(session, request, **options)
        except Exception as error:
            trace.error = str(error) or type(error).__name__
            raise
        trace.answered(response)
        return response

    requests.Session.send = send


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
        said = [found.get(key) for key in ("description", "errors", "message", "error")]
        said = [text[0] if isinstance(text, list) and text else text for text in said]
        return next((_one_line(text) for text in said if isinstance(text, str)), "")
    return ""


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:LONGEST_QUOTE]
