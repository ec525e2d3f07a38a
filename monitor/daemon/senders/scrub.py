"""Takes an address out of foreign text: its parts are credentials."""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote

SHORT = 4


def scrubber(url: str, redact: Callable[[str], str]) -> Callable[[str], str]:
    """Return what takes every part of this address, and any other address, out of a foreign text."""
    address, _, query = url.partition("://")[2].partition("?")
    values = [value for _, value in parse_qsl(query)]
    parts = {part for text in (address, *values) for part in re.split(r"[/:@,;#?&]+", text) if len(part) >= SHORT}
    parts |= {*values, *address.rpartition("@")[0].split(":")}
    parts |= {unquote(part) for part in parts}
    longest_first = sorted(parts - {"", "yes", "no"}, key=len, reverse=True)
    paths = [r"\w+://\S+", r"(?<!\w)/(?:\w[\w%.~-]*/)+\S*"]
    pattern = re.compile("|".join([*paths, *map(_whole, longest_first)]), re.IGNORECASE)
    return lambda text: redact(pattern.sub("***", text))


def _whole(part: str) -> str:
    """Return a pattern; a short part counts only where it stands alone."""
    return re.escape(part) if len(part) > SHORT else rf"(?<!\w){re.escape(part)}(?!\w)"
