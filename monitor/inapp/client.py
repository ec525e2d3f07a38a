"""`track`: a client like the one that was given, whose requests are recorded."""

import sys
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from monitor.inapp.bodies import AsyncBody, SyncBody
from monitor.inapp.guard import say_once
from monitor.inapp.labels import given
from monitor.inapp.observer import PREPARED, Observer
from monitor.inapp.reserving import Reserves
from monitor.inapp.tracker import Tracker, shared

_T = TypeVar("_T")
_LIBRARIES = ("httpx", "httpx2")


def track(
    client: _T,
    *,
    project: str | None = None,
    user: str | None = None,
    tags: Sequence[str] = (),
    tracker: Tracker | None = None,
    breaker: Reserves | None = None,
    provider: str | None = None,
) -> _T:
    """Return a client of the same class that shares the connections of `client`, and records what it sends.

    It is for the SDKs of OpenAI and Anthropic, synchronous or not, with any base URL, their clients for Azure, Vertex
    and Bedrock included, and for a bare client of `httpx` or `httpx2`. `client` itself stays as it is; closing one
    closes both. `provider` is whose prices count, where the address does not tell: a proxy in front of it, say. With a
    `breaker`, a request that a budget has no room for raises `BudgetExceeded`, and is not sent. Tracked again, a client
    is recorded once, under the newer words.

    Raises:
        TypeError: it is none of these.
        SettingsError, ValueError: a variable of the environment is wrong.
    """
    tracker = tracker or shared(getattr(breaker, "ledger", None))
    _load_prices(tracker)
    observer = Observer(tracker, given(project, user, tags), breaker, provider)
    if _library(type(client)):
        bare: _T = _watched(client, observer)
        return bare
    http = getattr(client, "_client", None)
    with_options = getattr(client, "with_options", None)
    if not _library(type(http)) or with_options is None:
        raise TypeError(f"{type(client).__name__} is no client of OpenAI, Anthropic, httpx or httpx2")
    tracked: _T = with_options(http_client=_watched(http, observer))
    return tracked


def _load_prices(tracker: Tracker) -> None:
    """Load the catalogue now, as it takes longer than a first request should wait."""
    try:
        tracker.prices.load()
    except Exception as error:  # noqa: BLE001 - without it, requests are recorded unpriced.
        say_once("the catalogue of prices could not be loaded", error)


def _library(kind: type) -> str:
    """Return the HTTP library whose client this is: empty if it is none."""
    for base in kind.__mro__:
        library = base.__module__.partition(".")[0]
        if library in _LIBRARIES and base.__name__ in ("Client", "AsyncClient"):
            return library
    return ""


def _watched(http: Any, observer: Observer) -> Any:
    """Return a client that is `http` in all, and has an observer: they share every attribute, the open state too."""
    http = getattr(http, "monitor_original", http)
    watched: Any = object.__new__(_class_for(_kind(http)))
    watched.__dict__ = http.__dict__
    watched.monitor_original = http
    watched.monitor_observer = observer
    return watched


def _kind(value: Any) -> Any:
    """Return the class of a value of a library that is not known here."""
    return type(value)


@cache
def _class_for(kind: Any) -> type:
    is_async = any(base.__name__ == "AsyncClient" for base in kind.__mro__)
    mixin = _AsyncTracked if is_async else _Tracked
    slots = {"__slots__": ("monitor_observer", "monitor_original"), "__module__": kind.__module__}
    return type(kind.__name__, (mixin, kind), slots)


@cache
def _body_for(response: Any, *, is_async: bool) -> type:
    """Return the body's class as one of those that the response's library takes for a stream."""
    library = sys.modules[response.__module__.partition(".")[0]]
    if is_async:
        return type("Body", (AsyncBody, library.AsyncByteStream), {})
    return type("Body", (SyncBody, library.SyncByteStream), {})


class _Common:
    """What both kinds of client do alike."""

    __slots__ = ()
    monitor_observer: Observer
    monitor_original: Any

    def __del__(self) -> None:
        """Leave closing to the original, which ends when nobody holds it any more."""

    def build_request(self, *arguments: Any, **options: Any) -> Any:
        return self.monitor_observer.prepare(self.monitor_original.build_request(*arguments, **options))

    def _prepared(self, request: Any) -> tuple[Any, Any]:
        """Return the request, also if somebody else built it, and what is known of it."""
        prepared = request.extensions.get(PREPARED)
        if prepared is None:
            request = self.monitor_observer.prepare(request)
            prepared = request.extensions.get(PREPARED)
        return request, prepared


class _Tracked(_Common):
    __slots__ = ()

    def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
        send, observer = self.monitor_original.send, self.monitor_observer
        request, prepared = self._prepared(request)
        call = None if prepared is None else observer.begin(prepared)
        if call is None:
            return send(request, stream=stream, **options)
        # Where the usage is asked for, its event is taken out of the stream before anybody reads it.
        streamed = stream or prepared.plain is not None
        try:
            response = send(request, stream=streamed, **options)
            if prepared.plain is not None and observer.refuses_usage(response):
                response.close()
                request, prepared.plain = prepared.plain, None
                response = send(request, stream=streamed, **options)
                observer.remember(request, response)
        except BaseException as error:
            observer.fail(call, error)
            raise
        watch = observer.answered(call, prepared, response, is_read=not streamed)
        if watch is not None:
            response.stream = _body_for(_kind(response), is_async=False)(response.stream, watch)
        if streamed and not stream:
            response.read()
        return response


class _AsyncTracked(_Common):
    __slots__ = ()

    async def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
        send, observer = self.monitor_original.send, self.monitor_observer
        request, prepared = self._prepared(request)
        call = None if prepared is None else observer.begin(prepared)
        if call is None:
            return await send(request, stream=stream, **options)
        streamed = stream or prepared.plain is not None
        try:
            response = await send(request, stream=streamed, **options)
            if prepared.plain is not None and observer.refuses_usage(response):
                await response.aclose()
                request, prepared.plain = prepared.plain, None
                response = await send(request, stream=streamed, **options)
                observer.remember(request, response)
        except BaseException as error:
            observer.fail(call, error)
            raise
        watch = observer.answered(call, prepared, response, is_read=not streamed)
        if watch is not None:
            response.stream = _body_for(_kind(response), is_async=True)(response.stream, watch)
        if streamed and not stream:
            await response.aread()
        return response
