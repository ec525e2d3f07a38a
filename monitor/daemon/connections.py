"""The connections of all sources: one that is free is used again by whoever polls the same origin."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from importlib.util import find_spec
from time import monotonic
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

# A free one goes before a server would close it, which could meet the next request.
FREE_SECONDS = 2.0

# Each carries one request at a time. A pool of many is searched whole at each request, and loses places when requests
# are cancelled (httpcore issue 1093). Through a proxy each is a pool of one: httpcore knows proxies in pools only.
Connection = httpcore.AsyncHTTPConnection | httpcore.AsyncConnectionPool
Origin = tuple[bytes, bytes, int | None]


class Connections:
    """There are as many as are needed at once: a provider that hangs holds up no other account.

    A connection knows no account: each request brings its own key, and no cookie is kept. Certificates are checked.
    """

    def __init__(self, ssl_context: ssl.SSLContext) -> None:
        self._ssl_context = ssl_context
        self._free: dict[Origin, list[tuple[float, Connection]]] = {}
        self._swept_at = monotonic()

    @asynccontextmanager
    async def send(self, request: httpcore.Request, seconds: float) -> AsyncIterator[httpcore.Response]:
        """Send a request to the origin that it names and to no other, as redirects are not followed.

        Raises:
            TimeoutError: the answer was not read within `seconds`.
            httpcore.NetworkError, httpcore.ProtocolError: there is no answer.
            httpcore.ProxyError: the proxy that the environment names is of no use.
        """
        origin = (request.url.scheme, request.url.host, request.url.port)
        connection = await self._take(origin) or self._open(request.url)
        try:
            async with asyncio.timeout(seconds):
                response = await connection.handle_async_request(request)
                try:
                    yield response
                finally:
                    await response.aclose()
        except BaseException:
            await connection.aclose()
            raise
        self._free.setdefault(origin, []).append((monotonic(), connection))
        await self._sweep()

    async def close(self) -> None:
        """Close those that are free."""
        await self._close_freed_before(monotonic())

    async def _take(self, origin: Origin) -> Connection | None:
        """Return a free one that still stands."""
        while free := self._free.get(origin):
            _, connection = free.pop()
            if isinstance(connection, httpcore.AsyncConnectionPool):
                return connection  # It looks after its one itself.
            if connection.is_available() and not connection.has_expired():
                return connection
            await connection.aclose()
        return None

    async def _sweep(self) -> None:
        now = monotonic()
        if now - self._swept_at > FREE_SECONDS:
            self._swept_at = now
            await self._close_freed_before(now - FREE_SECONDS)

    async def _close_freed_before(self, moment: float) -> None:
        old = [connection for free in self._free.values() for freed_at, connection in free if freed_at <= moment]
        kept = {origin: [one for one in free if one[0] > moment] for origin, free in self._free.items()}
        self._free = {origin: free for origin, free in kept.items() if free}
        for connection in old:
            await connection.aclose()

    def _open(self, url: httpcore.URL) -> Connection:
        try:
            proxy = self._proxy(url)
            if proxy is None:
                return httpcore.AsyncHTTPConnection(url.origin, self._ssl_context, keepalive_expiry=FREE_SECONDS)
            return httpcore.AsyncConnectionPool(
                self._ssl_context, proxy=proxy, max_connections=1, keepalive_expiry=FREE_SECONDS
            )
        except (ValueError, RuntimeError, httpx.InvalidURL) as error:
            raise httpcore.ProxyError(
                f"the proxy that the environment names cannot be used: {error} (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY)"
            ) from None

    def _proxy(self, url: httpcore.URL) -> httpcore.Proxy | None:
        """Return the proxy that the environment names for an address."""
        if not self._proxies or proxy_bypass(url.host.decode("ascii")):  # It takes no more than that on a Mac.
            return None
        named = self._proxies.get(url.scheme.decode("ascii")) or self._proxies.get("all")
        if named is None:
            return None
        proxy = httpx.Proxy(named if "://" in named else f"http://{named}")
        if proxy.url.scheme.startswith("socks") and find_spec("socksio") is None:
            raise RuntimeError("for SOCKS there has to be the package socksio")
        where = httpcore.URL(
            scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=proxy.url.raw_path
        )
        return httpcore.Proxy(where, auth=proxy.raw_auth)

    @cached_property
    def _proxies(self) -> dict[str, str]:
        """Look through the environment, which may be large, once the first request needs it."""
        return getproxies()
