"""Between words and bytes: a request as it goes out, and what is read of its answer, however large that may be."""

import json
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache

import httpcore
import httpx

from monitor.core.errors import SourceDrifted

LARGEST_BODY = 8 * 1024 * 1024
CONNECT_SECONDS = 5.0

# A list stands for a parameter that is repeated.
Parameters = Mapping[str, str | Sequence[str]]


def request_of(
    method: str,
    address: str,
    params: Parameters | None,
    headers: Mapping[str, str],
    content: Mapping[str, object] | None,
    seconds: float,
) -> httpcore.Request:
    """Return a request that the caller ends after `seconds`, all in all.

    Raises:
        httpx.InvalidURL, httpcore.UnsupportedProtocol: the address is none.
    """
    url, host = _target(address) if not params else _parsed(httpx.URL(address, params=params))
    sent = httpx.Headers(headers)
    sent.setdefault("Host", host)
    body = None
    if content is not None:
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        sent.setdefault("Content-Type", "application/json")
        sent.setdefault("Content-Length", str(len(body)))
    timeout = {"connect": min(CONNECT_SECONDS, seconds * 0.9)}
    return httpcore.Request(method, url, headers=sent.raw, content=body, extensions={"timeout": timeout})


# Thousands of accounts may ask the same.
@lru_cache(maxsize=256)
def _target(address: str) -> tuple[httpcore.URL, str]:
    return _parsed(httpx.URL(address))


def _parsed(url: httpx.URL) -> tuple[httpcore.URL, str]:
    """Return where a request goes, and what its Host header says."""
    if url.scheme not in ("http", "https") or not url.host:
        raise httpcore.UnsupportedProtocol("an address begins with https:// or http://, and a host")
    target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    return target, url.netloc.decode("ascii")


def headers_of(response: httpcore.Response) -> dict[str, str]:
    """Return the headers by their names in lower case; of one that came twice, both texts with a comma between."""
    headers: dict[str, str] = {}
    for raw_name, raw_text in response.headers:
        name, text = raw_name.decode("latin-1").lower(), raw_text.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return headers


async def body_of(response: httpcore.Response, encoding: str) -> bytes:
    """Return the decoded body, or what fits of the body of an error.

    Raises:
        SourceDrifted: of a 2xx, a body that is too large, or broken.
    """
    chunks: list[bytes] = []
    try:
        await _take(response, encoding.strip().lower(), chunks)
    except SourceDrifted:
        if 200 <= response.status < 300:
            raise
    return b"".join(chunks)


async def _take(response: httpcore.Response, encoding: str, chunks: list[bytes]) -> None:
    """Add the chunks of the body, decoded up to the cap: a small body may unpack to gigabytes."""
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise SourceDrifted("an answer in a content encoding that nobody asked for")
    packed = encoding not in ("", "identity")
    unpack = zlib.decompressobj(wbits=47) if packed else None  # 47: gzip or zlib, whichever the header says.
    received = size = 0
    try:
        async for chunk in response.aiter_stream():
            part = chunk if unpack is None else unpack.decompress(chunk, LARGEST_BODY + 1)
            received, size = received + len(chunk), size + len(part)
            if max(received, size) > LARGEST_BODY:
                raise SourceDrifted(f"an answer of more than {LARGEST_BODY // 1024 // 1024} MiB")
            chunks.append(part)
    except zlib.error:
        raise SourceDrifted("an answer whose compression is broken") from None
    if unpack is not None and not unpack.eof:
        raise SourceDrifted("an answer whose compression ends too early, or that is too large")
