"""A client of `httpx` for what is asked seldom, and of one host: the heartbeat, an Alertmanager."""

import ssl
from collections.abc import Mapping

import httpx

from monitor.daemon.wire import CONNECT_SECONDS


def open_client(ssl_context: ssl.SSLContext, seconds: float, headers: Mapping[str, str]) -> httpx.AsyncClient:
    """Return a client for requests that the caller ends after `seconds`, all in all.

    Its own timeouts stay below that deadline: cancelling from outside can leak pool slots in httpx 0.28.
    """
    inner = seconds * 0.9
    timeout = httpx.Timeout(inner, connect=min(CONNECT_SECONDS, inner))
    return httpx.AsyncClient(
        verify=ssl_context, headers=headers, follow_redirects=False, trust_env=True, timeout=timeout
    )
