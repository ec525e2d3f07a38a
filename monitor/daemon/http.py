"""JSON over HTTPS from a source that may be slow, broken or hostile: bounded in time and size, mute about secrets."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from importlib.metadata import version
from time import monotonic
from urllib.parse import urlsplit

import httpcore
import httpx

from monitor.core.errors import EndpointMissing, SettingsError, SourceDrifted, SourceRefused, SourceUnavailable
from monitor.daemon.answers import Answer, parse_json, parse_retry_after
from monitor.daemon.connections import Connections
from monitor.daemon.headers import closed_for
from monitor.daemon.wire import Parameters, body_of, headers_of, request_of

LONGEST_EXCERPT = 200
USER_AGENT = f"spend-monitor/{version('spend-monitor')} (+self-hosted spend alerts)"


class Http:
    """The way to one source. Paths are relative to `base_url`; one that starts with `/`, to its origin.

    `last` is the newest answer, errors included.

    Certificates are always checked and redirects never followed: both would hand the key to a stranger.
    """

    def __init__(
        self,
        base_url: str,
        *,
        connections: Connections,
        timeout: timedelta,
        clock: Callable[[], datetime],
        redact: Callable[[str], str],
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
        key_variable: str = "the API key",
        key_hint: str = "",
        base_url_variable: str = "BASE_URL",
    ) -> None:
        if key is not None and not (key.isascii() and key.isprintable() and key.strip()):
            raise SettingsError([f"{key_variable} is empty or holds characters that no API key has"])
        self._base_url = base_url.rstrip("/")
        self._connections, self._clock, self._redact = connections, clock, redact
        self._seconds = timeout.total_seconds()
        self._headers = {
            "User-Agent": USER_AGENT,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            **(headers or {}),
        }
        self._key, self._key_variable, self._base_url_variable = key, key_variable, base_url_variable
        self._key_hint = f"; it takes {key_hint}" if key_hint else ""
        self.last: Answer | None = None

    async def close(self) -> None:
        """Close the connections, for all who share them."""
        await self._connections.close()

    async def get_json(self, path: str, params: Parameters | None = None) -> Answer:
        """Return the answer to a GET.

        Raises:
            SourceUnavailable: a timeout, no connection, 429 or 5xx.
            SourceRefused: 401 or 403.
            SourceDrifted: a redirect, or a 2xx that is not JSON of a sane size.
        """
        return await self.ask("GET", path, params=params)

    async def post_json(self, path: str, content: Mapping[str, object]) -> Answer:
        """Return the answer to a POST of JSON; raises as `get_json` does."""
        return await self.ask("POST", path, content=content)

    @property
    def key(self) -> str | None:
        return self._key

    def clean(self, text: str, longest: int = LONGEST_EXCERPT) -> str:
        """Return text fit for a message: one printable line without secrets, cut short."""
        if self._key:
            text = text.replace(self._key, "***")
        text = self._redact(text)
        line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
        return line if len(line) <= longest else line[: longest - 1] + "…"

    def failure(self, answer: Answer) -> SourceDrifted:
        """Return the error for an answer that the source cannot use."""
        if answer.missing:
            return EndpointMissing(f"{answer.status}: there is no such endpoint: check {self._base_url_variable}")
        excerpt = "" if answer.body is None else f": {self.clean(json.dumps(answer.body, default=str))}"
        return SourceDrifted(f"{answer.status}{excerpt}")

    async def ask(
        self,
        method: str,
        path: str,
        *,
        params: Parameters | None = None,
        content: Mapping[str, object] | None = None,
    ) -> Answer:
        """Return the answer to a request of another method, or of one that is only known at run time."""
        started = monotonic()
        try:
            request = request_of(method, self._url(path), params, self._headers, content, self._seconds)
            async with self._connections.send(request, self._seconds) as response:
                headers = headers_of(response)
                raw = await body_of(response, headers.get("content-encoding", ""))
        except (TimeoutError, httpcore.TimeoutException) as error:
            raise SourceUnavailable(f"no answer within {self._seconds:g} s") from error
        except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol, httpx.InvalidURL):
            raise SourceDrifted(
                f"no request can be made of this address or key: check {self._base_url_variable}"
            ) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, OSError) as error:
            raise SourceUnavailable(self.clean(f"{type(error).__name__}: {error}")) from None
        return self._judge(response.status, headers, raw, timedelta(seconds=monotonic() - started))

    def _url(self, path: str) -> str:
        if not path.startswith("/"):
            return f"{self._base_url}/{path}"
        base = urlsplit(self._base_url)
        return f"{base.scheme}://{base.netloc}{path}"

    def _judge(self, status: int, headers: Mapping[str, str], raw: bytes, latency: timedelta) -> Answer:
        now = self._clock()
        if 300 <= status < 400:
            host = self.clean(_host(headers.get("location", "")) or "another path of the same host")
            raise SourceDrifted(
                f"redirected to {host}: set {self._base_url_variable} to the address that answers itself"
            )
        try:
            body = parse_json(raw)
        except ValueError:
            if 200 <= status < 300:
                raise SourceDrifted(self._no_json(status, headers, raw)) from None
            body = None
        answer = self.last = Answer(status, headers, body, latency, now)
        if not answer.ok and not answer.limit_reached:
            self._raise_for(answer, raw)
        return answer

    def _raise_for(self, answer: Answer, raw: bytes) -> None:
        status, text = answer.status, raw[:4096].decode("utf-8", "replace")
        excerpt = f": {self.clean(text)}" if text.strip() else ""
        if status == 403 and re.search(r"error code: ?10\d\d|cloudflare", text, re.IGNORECASE):
            raise SourceUnavailable("403: Cloudflare blocked the request; that says nothing about the key")
        if status == 403 and _is_html(answer.headers, raw):
            raise SourceDrifted(f"403 with an HTML page, not from the API: check {self._base_url_variable}")
        if status in (401, 403):
            told = "" if _is_html(answer.headers, raw) else excerpt
            raise SourceRefused(f"{status}: {self._key_variable} was refused{told}{self._key_hint}")
        if status == 429 or (status >= 500 and not answer.missing):
            wish = parse_retry_after(answer.headers, answer.received_at)
            wish = closed_for(answer.headers, answer.received_at) if wish is None else wish
            raise SourceUnavailable(f"{status}{'' if _is_html(answer.headers, raw) else excerpt}", wish)

    def _no_json(self, status: int, headers: Mapping[str, str], raw: bytes) -> str:
        if _is_html(headers, raw):
            return f"an HTML page instead of JSON: check {self._base_url_variable}"
        return f"{status} with {len(raw)} bytes that are not JSON" if raw.strip() else "an empty answer"


def _host(location: str) -> str | None:
    try:
        return urlsplit(location).hostname
    except ValueError:
        return "a broken address"


def _is_html(headers: Mapping[str, str], raw: bytes) -> bool:
    return "html" in headers.get("content-type", "") or raw[:256].lstrip().lower().startswith((b"<!doctype", b"<html"))
