"""The connections of all sources: one that is free is used again by whoever polls the same origin."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from time import monotonic
from urllib.request import getproxies, proxy_bypass

import httpx

# A free one goes before a server would close it, which could meet the next request.
FREE_SECONDS = 2.0
# Each transport holds one connection and carries one request. A pool of many is searched whole at each request, and
# loses places when requests are cancelled (httpcore issue 1093).
LIMITS = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=FREE_SECONDS)

Origin = tuple[str, str, int | None]


class Connections:
    """There are as many as are needed at once: a provider that hangs holds up no other account.

    A connection knows no account: each request brings its own key, and no cookie is kept. Certificates are checked.
    """

    def __init__(self, ssl_context: ssl.SSLContext) -> None:
        self._ssl_context = ssl_context
        self._free: dict[Origin, list[tuple[float, httpx.AsyncHTTPTransport]]] = {}
        self._swept_at = monotonic()

    @asynccontextmanager
    async def send(self, request: httpx.Request, seconds: float) -> AsyncIterator[httpx.Response]:
        """Send a request to the origin that it names and to no other, as redirects are not followed.

        Raises:
            TimeoutError: the answer was not read within `seconds`.
            httpx.HTTPError: there is no answer, or the proxy that the environment names is of no use.
        """
        origin = (request.url.scheme, request.url.host, request.url.port)
        free = self._free.get(origin)
        transport = free.pop()[1] if free else self._open(request.url)
        try:
            async with asyncio.timeout(seconds):
                response = await transport.handle_async_request(request)
                try:
                    yield response
                finally:
                    await response.aclose()
        except BaseException:
            await transport.aclose()
            raise
        self._free.setdefault(origin, []).append((monotonic(), transport))
        await self._sweep()

    async def close(self) -> None:
        """Close those that are free."""
        await self._close_freed_before(monotonic())

    async def _sweep(self) -> None:
        now = monotonic()
        if now - self._swept_at > FREE_SECONDS:
            self._swept_at = now
            await self._close_freed_before(now - FREE_SECONDS)

    async def _close_freed_before(self, moment: float) -> None:
        old = [transport for free in self._free.values() for freed_at, transport in free if freed_at <= moment]
        kept = {origin: [one for one in free if one[0] > moment] for origin, free in self._free.items()}
        self._free = {origin: free for origin, free in kept.items() if free}
        for transport in old:
            await transport.aclose()

    def _open(self, url: httpx.URL) -> httpx.AsyncHTTPTransport:
        try:
            return httpx.AsyncHTTPTransport(verify=self._ssl_context, limits=LIMITS, proxy=self._proxy(url))
        except (ValueError, ImportError, httpx.InvalidURL) as error:
            raise httpx.ProxyError(
                f"the proxy that the environment names cannot be used: {error} (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY)"
            ) from None

    def _proxy(self, url: httpx.URL) -> str | None:
        if proxy_bypass(url.host, self._proxies):
            return None
        proxy = self._proxies.get(url.scheme) or self._proxies.get("all")
        return proxy if proxy is None or "://" in proxy else f"http://{proxy}"

    @cached_property
    def _proxies(self) -> dict[str, str]:
        """Look through the environment, which may be large, once the first request needs it."""
        return getproxies()
