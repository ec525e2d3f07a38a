"""Takes secrets out of text that is about to be shown or written."""

import json
import re
from collections.abc import Iterable, Iterator
from html import escape
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

MASK = "***"
# A shorter secret would take ordinary words out of every line; a shorter piece of an address is a word.
SHORTEST_SECRET = 4
SHORTEST_PIECE = 8
_LOOKS_LIKE_A_SECRET = (
    (re.compile(r"(?i)\b(bearer\s+)[^\s\"'\\,;]{4,}"), rf"\1{MASK}"),
    (re.compile(r"\b(sk-|xai-|cr_)[A-Za-z0-9_*-]{8,}"), MASK),
    (
        re.compile(
            r"(?i)(?<![a-z0-9])((?:api[_-]?key|(?:access|auth)[_-]?token|token|password)"
            r"(?:=|\\?[\"']\s*:\s*\\?[\"'])|x-api-key:\s*)[^\s\"'\\&,;)}\]]+"
        ),
        rf"\1{MASK}",
    ),
)


class Redactor:
    """Replaces every known secret in whatever way it is written, and what looks like one without being known."""

    def __init__(self, secrets: Iterable[str]) -> None:
        written = {way for secret in secrets for way in _ways_to_write(secret)}
        # HTML is made of text that is written in one of these ways already.
        known = {form for way in written for form in (way, escape(way, quote=False), escape(way))}
        longest_first = sorted(known, key=lambda written: (-len(written), written))
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __call__(self, text: str) -> str:
        # Known ones first, whole: a pattern might stop in the midst of one. And last, as a mask joins what it parted.
        text = self._without_known(text)
        for pattern, replacement in _LOOKS_LIKE_A_SECRET:
            text = pattern.sub(replacement, text)
        return self._without_known(text)

    def _without_known(self, text: str) -> str:
        """Return the text when no known secret is left; each round makes it shorter, so there is an end."""
        replaced = 1
        while replaced and self._known is not None:
            text, replaced = self._known.subn(MASK, text)
        return text


def _ways_to_write(secret: str) -> Iterator[str]:
    parts = {secret} if len(secret) >= SHORTEST_SECRET else set()
    parts |= {piece for piece in _pieces_of_address(secret) if len(piece) >= SHORTEST_PIECE}
    for part in parts:
        yield part
        for quoted in (quote(part), quote(part, safe=""), quote_plus(part)):
            yield quoted
            yield re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), quoted)
        # As it stands within a rendered line: of JSON, or of the repr of something that holds it.
        yield json.dumps(part)[1:-1]
        yield json.dumps(part, ensure_ascii=False)[1:-1]
        yield repr(part)[1:-1]


def _pieces_of_address(secret: str) -> Iterator[str]:
    """Yield the parts of a URL that may be credentials: services put tokens into any place, the host's included."""
    scheme, separator, _ = secret.partition("://")
    if not separator:
        return
    try:
        url = urlsplit(secret)
    except ValueError:
        return
    user, _, host = url.netloc.rpartition("@")
    raw = [user, *user.split(":"), *url.path.split("/"), url.path.strip("/"), *url.fragment.split("/")]
    raw += [value for _, value in parse_qsl(url.query)]
    raw += [pair.partition("=")[2] for pair in url.query.split("&")]
    if scheme not in {"http", "https"} and "." not in host and not host.startswith(("localhost", "[")):
        raw += [host, *host.split(":")]
    for piece in raw:
        yield piece
        yield unquote(piece)
