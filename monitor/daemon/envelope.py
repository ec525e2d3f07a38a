"""How a file of state is wrapped: with its version and a checksum; and what becomes of one that cannot be read."""

import zlib
from pathlib import Path

VERSION = 1
_HEAD = b'{"version":%d,"crc32":"%08x","body":'


def wrapped(body: bytes) -> bytes:
    """Return the content of a file that holds `body`, which is JSON; the whole is JSON too."""
    return _HEAD % (VERSION, zlib.crc32(body)) + body + b"}"


def unwrapped(content: bytes) -> bytes:
    """Return the body of a file; raises ValueError where its version or its checksum is not right."""
    start = content.find(b'"body":') + len(b'"body":')
    body = content[start:-1]
    if content != wrapped(body):
        raise ValueError("its checksum or version is not right")
    return body


def unreadable(path: Path, error: Exception) -> str:
    """Return which file cannot be read, and why."""
    return f"{path}: {_why(error)}"


def set_aside(path: Path, error: Exception) -> str:
    """Give a file that cannot be read another name; return which, why, and where it is now."""
    aside = path.with_name(f"{path.name}.damaged")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{number}")
    try:
        path.rename(aside)
    except OSError as refused:
        return f"{path}: {_why(error)}, and it cannot be set aside: {refused.strerror}"
    return f"{path}: {_why(error)}; set aside as {aside.name}"


def _why(error: Exception) -> str:
    return (error.strerror or "it cannot be read") if isinstance(error, OSError) else "it is damaged"
