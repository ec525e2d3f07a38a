"""How a file of state is wrapped: with its version and a checksum; and what becomes of one that cannot be read."""

import re
import zlib
from pathlib import Path

VERSION = 2
_HEAD = b'{"version":%d,"crc32":"%08x","body":'
_VERSION = re.compile(rb'\{"version":(\d{1,9}),')


class NewerError(ValueError):
    """The file is whole, as far as can be known, and of a release that came after this one."""


def wrapped(body: bytes, version: int = VERSION) -> bytes:
    """Return the content of a file that holds `body`, which is JSON; the whole is JSON too."""
    return _HEAD % (version, zlib.crc32(body)) + body + b"}"


def unwrapped(content: bytes) -> tuple[int, bytes]:
    """Return the version of a file, and its body.

    Raises:
        NewerError: a later release wrote it.
        ValueError: its version or its checksum is not right.
    """
    told = _VERSION.match(content)
    version = int(told[1]) if told else 0
    if version > VERSION:
        raise NewerError(f"a newer release wrote it, as version {version}; this one reads {VERSION}")
    start = content.find(b'"body":') + len(b'"body":')
    body = content[start:-1]
    if not version or content != wrapped(body, version):
        raise ValueError("its checksum or version is not right")
    return version, body


def unreadable(path: Path, error: Exception) -> str:
    """Return which file cannot be read, and why."""
    return f"{path}: {_why(error)}"


def set_aside(path: Path, error: Exception) -> str:
    """Give a file that cannot be read another name; return which, why, and where it is now."""
    name = f"{path.name}.{'newer' if isinstance(error, NewerError) else 'damaged'}"
    aside = path.with_name(name)
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{name}-{number}")
    try:
        path.rename(aside)
    except OSError as refused:
        return f"{unreadable(path, error)}, and it cannot be set aside: {refused.strerror}"
    return f"{unreadable(path, error)}; set aside as {aside.name}"


def _why(error: Exception) -> str:
    if isinstance(error, NewerError):
        return str(error)
    return (error.strerror or "it cannot be read") if isinstance(error, OSError) else "it is damaged"
