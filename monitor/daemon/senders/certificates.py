"""Trusted certificates, read once: `requests` reads them for each message, which takes longer than all the rest."""

import os
import ssl
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any


def warm() -> None:
    """Read them now, from where `requests` takes them, so that the first message need not wait for it."""
    import requests.utils

    # A file that is not there is said when it is needed.
    with suppress(OSError):
        path = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        _trusting(path or requests.utils.DEFAULT_CA_BUNDLE_PATH)


def share(session: Any, request: Any, options: dict[str, Any]) -> None:
    """Let this session use what was read, unless it goes by a proxy or by an adapter of the plugin's own."""
    if request.url.lower().startswith("https:") and options.get("verify", True) and not options.get("proxies"):
        own, plain = _adapters()
        if type(session.get_adapter(request.url)) is plain:
            session.mount("https://", own())


@cache
def _adapters() -> tuple[type, type]:
    """Return our adapter and the one that it stands in for, once there is `requests`."""
    from requests.adapters import HTTPAdapter
    from requests.utils import DEFAULT_CA_BUNDLE_PATH

    class Adapter(HTTPAdapter):
        """Overrides what its documentation names for a context of one's own."""

        def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
            host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
            if verify and not cert:
                path = DEFAULT_CA_BUNDLE_PATH if verify is True else verify
                pool = {"cert_reqs": "CERT_REQUIRED", "ssl_context": _trusting(path)}
            return host, pool

        def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
            if not verify or cert:
                super().cert_verify(conn, url, verify, cert)

    return Adapter, HTTPAdapter


def _trusting(path: str) -> ssl.SSLContext:
    """Return a context that trusts what is in the file or the folder."""
    return _read(path, Path(path).stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(path: str, changed: int) -> ssl.SSLContext:  # noqa: ARG001 - another file is read anew.
    from urllib3.util.ssl_ import create_urllib3_context

    context = create_urllib3_context()
    context.load_verify_locations(**{"capath" if Path(path).is_dir() else "cafile": path})
    return context
