"""What stands beside a customer's HTTP client: it sees each request before it is sent, and each answer."""

import re
from functools import lru_cache
from typing import Any

from monitor.inapp.answers import headers_of, hear_body, hear_headers, watch
from monitor.inapp.asked import Asked
from monitor.inapp.call import Call
from monitor.inapp.endpoints import endpoint_of, is_free, model_in
from monitor.inapp.guard import say_once
from monitor.inapp.held import Held, hold, most_of
from monitor.inapp.labels import Labels, current
from monitor.inapp.reserving import Reserves
from monitor.inapp.tracker import Tracker
from monitor.inapp.watch import Watch
from monitor.prices.providers import provider_of

PREPARED = "monitor.prepared"
_BAD_REQUEST = (400, 422)


class Prepared:
    """A request that is about to be sent; `plain` is the caller's own, where ours asks for the usage too."""

    def __init__(self, asked: Asked, labels: Labels, held: Held | None, plain: Any) -> None:
        self.asked = asked
        self.labels = labels
        self.held = held
        self.plain = plain


class Observer:
    """Knows nothing of any SDK: requests and responses are those of `httpx` or `httpx2`, whichever the client uses."""

    def __init__(self, tracker: Tracker, labels: Labels, breaker: Reserves | None, provider: str | None) -> None:
        self._tracker = tracker
        self._labels = labels.within(tracker.labels)
        self._breaker = breaker
        self._provider = provider
        # Hosts that refuse to be asked for the usage of a stream.
        self._unwilling: set[str] = set()

    def prepare(self, request: Any) -> Any:
        """Return the request to send: the caller's own, or one like it that asks for the usage too.

        Raises:
            BudgetExceeded: it may not be sent. It is raised here, and not while sending, as SDKs take any error then
                for one of the network, and try again.
        """
        try:
            asked = self._asked(request)
            if asked is None:
                return request
            labels = current().within(self._labels)
        except Exception as error:  # noqa: BLE001 - the request goes on as it is.
            say_once("a request could not be read", error)
            return request
        held = None if self._breaker is None else self._hold(self._breaker, asked, labels)
        sent = self._asking(request, asked) if asked.is_streamed else request
        sent.extensions[PREPARED] = Prepared(asked, labels, held, None if sent is request else request)
        return sent

    def begin(self, prepared: Prepared) -> Call | None:
        """Return the call that is now sent."""
        try:
            held, prepared.held = prepared.held, None
            call = Call(self._tracker, prepared.asked, prepared.labels, held)
            call.heard.has_media = prepared.asked.endpoint.is_media
        except Exception as error:  # noqa: BLE001 - it goes on unseen.
            say_once("a request could not be followed", error)
            return None
        return call

    def refuses_usage(self, response: Any) -> bool:
        """Tell whether a server may have refused a request only because it asks for the usage."""
        return response.status_code in _BAD_REQUEST

    def remember(self, request: Any, response: Any) -> None:
        """Ask no more for the usage where the same request without it succeeded."""
        if response.status_code not in _BAD_REQUEST:
            self._unwilling.add(request.url.host)

    def fail(self, call: Call, error: BaseException) -> None:
        """Take note that a request has no answer; never raises."""
        try:
            call.fail(error)
        except Exception as own:  # noqa: BLE001 - the customer gets his error and not ours.
            say_once("a failed request could not be recorded", own)

    def answered(self, call: Call, prepared: Prepared, response: Any, *, is_read: bool) -> Watch | None:
        """Record an answer that is complete; or return what watches the rest of it."""
        try:
            headers = headers_of(response)
            hear_headers(call, headers)
            if response.status_code >= 400:
                call.refuse(response.status_code)
            elif is_read:
                hear_body(call.heard, response.content, headers.get(b"content-type", b""))
                call.succeed()
            else:
                return watch(call, response, headers, hide=prepared.plain is not None)
        except Exception as error:  # noqa: BLE001 - the customer gets the answer.
            say_once("an answer could not be recorded", error)
        return None

    def _hold(self, breaker: Reserves, asked: Asked, labels: Labels) -> Held | None:
        try:
            most = most_of(self._tracker, asked)
        except Exception as error:  # noqa: BLE001 - the breaker knows a bound by itself.
            say_once("the most that a request may cost could not be worked out", error)
            most = None
        return hold(breaker, self._tracker, asked, labels, most)

    def _asked(self, request: Any) -> Asked | None:
        if request.method != "POST":
            return None
        path = request.url.raw_path
        endpoint = endpoint_of(path)
        if endpoint is None:
            if not is_free(path):
                say_once(f"requests to {_last(request.url.path)} are not counted")
            return None
        provider = self._provider or _provider(request.url.host)
        named = model_in(path) or (_model_of_form(request) if endpoint.is_media else "")
        return Asked(endpoint, provider, _content(request), named)

    def _asking(self, request: Any, asked: Asked) -> Any:
        """Return a request like this one for a stream that also asks for the usage; itself, where it need not."""
        try:
            # A stream that is compressed could not be read as it passes.
            request.headers["Accept-Encoding"] = "identity"
            content = None if request.url.host in self._unwilling else asked.with_usage()
            if content is None:
                return request
            headers = request.headers.copy()
            headers.pop("Content-Length", None)
            return type(request)(
                request.method, request.url, headers=headers, content=content, extensions=request.extensions
            )
        except Exception as error:  # noqa: BLE001 - it goes on as it is.
            say_once("a stream could not be asked for its usage", error)
            return request


@lru_cache(maxsize=256)
def _provider(host: str) -> str:
    return provider_of(f"//{host}")


def _content(request: Any) -> bytes:
    """Return the body; one that is only made while it is sent stays unread."""
    try:
        content: bytes = request.content
    except Exception:  # noqa: BLE001 - of a class that is either library's own.
        return b""
    return content


def _model_of_form(request: Any) -> str:
    """Return the model that is sent beside a file; empty where this is no form."""
    fields = getattr(request.stream, "fields", ())
    return next((str(field.value) for field in fields if getattr(field, "name", None) == "model"), "")


def _last(path: str) -> str:
    """Return the end of a path, if it is a word of the API and no name or number of the customer's."""
    word = path.rstrip("/").rpartition("/")[2]
    return f"/{word}" if re.fullmatch(r"[A-Za-z_:-]{1,30}", word) else "a single object"
