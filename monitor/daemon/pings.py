"""What each kind of receiver takes for a sign of life, or for word of trouble; recognised by its address alone."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import assert_never
from urllib.parse import SplitResult, quote, unquote, unquote_plus, urlencode, urlsplit

# Older installations of Healthchecks keep no more of a body than this.
LONGEST_BODY = 10_000
# In an address each character may become twelve, and Gatus' server takes a request head of 4 kB by default.
LONGEST_IN_ADDRESS = 250
# Uptime Kuma refuses a longer `ping` than a day, in milliseconds.
LONGEST_TOOK = timedelta(days=1)


class Receiver(StrEnum):
    """Who answers at the address. Where each fact stands:

    https://healthchecks.io/docs/http_api/
    https://betterstack.com/docs/uptime/cron-and-heartbeat-monitor/
    https://github.com/louislam/uptime-kuma/blob/master/server/routers/api-router.js
    https://github.com/TwiN/gatus#external-endpoints
    """

    HEALTHCHECKS = "Healthchecks"
    BETTER_STACK = "Better Stack"
    UPTIME_KUMA = "Uptime Kuma"
    GATUS = "Gatus"
    OTHER = "an unknown receiver"


_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# Any of them may be served below a path of a larger site.
_PATHS = {
    Receiver.UPTIME_KUMA: re.compile(r".*/api/push/[^/]+"),
    Receiver.GATUS: re.compile(r".*/api/v1/endpoints/[^/]+/external"),
    Receiver.BETTER_STACK: re.compile(r".*/api/v1/heartbeat/[^/]+"),
    Receiver.HEALTHCHECKS: re.compile(rf"(.*/ping)?/{_UUID}|.*/ping/[\w-]+/[a-z0-9_-]+", re.IGNORECASE),
}
_HEALTHCHECKS_HOSTED = ("hc-ping.com", re.compile(r"/[\w-]+/[a-z0-9_-]+", re.IGNORECASE))
_SIGNAL = re.compile(r"(.+)/(?:fail|start|log|[0-9]{1,3})")


@dataclass(frozen=True, slots=True)
class Ping:
    """One request. Its address and its headers may hold credentials."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""


def receiver_of(url: str) -> Receiver:
    parts = urlsplit(url)
    return _receiver(parts.hostname, parts.path.rstrip("/"))


def goes_to(url: str) -> str:
    """Return where the sign of life goes, for people: the host and nothing that may be a credential."""
    receiver = receiver_of(url)
    how = " (told that all is well, and by silence of trouble)" if receiver is Receiver.OTHER else ""
    return f"heartbeat to {receiver} at {urlsplit(url).hostname}, not tried{how}"


def complaint(url: str) -> str | None:
    """Return why no good sign of life can be sent to `url`, an http or https address; None if one can."""
    parts = urlsplit(url)
    signal = _SIGNAL.fullmatch(parts.path.rstrip("/"))
    # `/ping/<key>/log` may be a check of that name: only behind a whole address is it a signal.
    if signal and _receiver(parts.hostname, signal[1]) in (Receiver.HEALTHCHECKS, Receiver.BETTER_STACK):
        return "ends in a signal of its own (/fail, /start, /log or an exit status): leave that out"
    if receiver_of(url) is Receiver.GATUS and not _token(parts):
        return "is of Gatus and has no token: write it as https://:TOKEN@host/..."
    return None


def ping_of(url: str, troubles: Sequence[str], took: timedelta) -> Ping | None:
    """Return the request that says all is well, or what is not; None where only silence says that.

    `took` is how long the poll took that this is about. Parameters in the address that are ours are replaced.
    """
    receiver, parts = receiver_of(url), urlsplit(url)
    path, words = parts.path.rstrip("/"), "; ".join(troubles)[:LONGEST_IN_ADDRESS]
    milliseconds = min(max(took, timedelta()), LONGEST_TOOK) // timedelta(milliseconds=1)
    match receiver:
        case Receiver.HEALTHCHECKS | Receiver.BETTER_STACK:
            address = _address(parts, path=f"{path}/fail" if troubles else path)
            text = {"Content-Type": "text/plain; charset=utf-8"}
            return Ping("POST", address, _credentials(parts) | text, _body(troubles))
        case Receiver.UPTIME_KUMA:
            says = {"status": "down" if troubles else "up", "msg": words or "OK", "ping": str(milliseconds)}
            return Ping("GET", _address(parts, says=says), _credentials(parts))
        case Receiver.GATUS:
            says = {"success": "false" if troubles else "true", "error": words, "duration": f"{milliseconds}ms"}
            return Ping("POST", _address(parts, says=says), {"Authorization": f"Bearer {_token(parts)}"})
        case Receiver.OTHER:
            return None if troubles else Ping("GET", _address(parts), _credentials(parts))
        case _:
            assert_never(receiver)


def rejection(receiver: Receiver, status: int, body: bytes) -> str | None:
    """Return why an answer means that the ping does not count; None if it does.

    The hosted Healthchecks answers 200 to everything at a UUID, with `OK (not found)` or `OK (rate limited)` for a ping
    that it did not take: https://github.com/bdd/runitor/issues/66
    """
    if 300 <= status < 400:
        return f"{status}: it redirects; set MONITOR_HEARTBEAT_URL to the address that answers itself"
    if not 200 <= status < 300:
        return f"it answered {status}"
    if receiver is Receiver.HEALTHCHECKS and body.startswith(b"OK ("):
        return "there is no such check" if b"not found" in body else "it did not take the ping (rate limited)"
    return None


def _receiver(host: str | None, path: str) -> Receiver:
    hosted, check = _HEALTHCHECKS_HOSTED
    if host == hosted and check.fullmatch(path):
        return Receiver.HEALTHCHECKS
    return next((receiver for receiver, shape in _PATHS.items() if shape.fullmatch(path)), Receiver.OTHER)


def _address(parts: SplitResult, *, path: str | None = None, says: Mapping[str, str] | None = None) -> str:
    """Return the address without user and password, with `says` in its query and all else as it was."""
    says = says or {}
    kept = [pair for pair in parts.query.split("&") if pair and unquote_plus(pair.partition("=")[0]) not in says]
    said = [urlencode({name: text}, quote_via=quote, safe="", errors="replace") for name, text in says.items() if text]
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(
        netloc=host, path=parts.path if path is None else path, query="&".join([*kept, *said]), fragment=""
    ).geturl()


def _token(parts: SplitResult) -> str:
    return unquote(parts.password or parts.username or "")


def _credentials(parts: SplitResult) -> dict[str, str]:
    """Return the header for the user and password in the address, if there are any."""
    if parts.username is None and parts.password is None:
        return {}
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def _body(troubles: Sequence[str]) -> bytes:
    return "\n".join(troubles).encode(errors="replace")[:LONGEST_BODY].decode(errors="ignore").encode()
