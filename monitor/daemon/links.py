"""Signed links in messages: each names one alert, holds for a day, and is of use once."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

import structlog

from monitor.daemon.folder import write_whole

log = structlog.get_logger()

PATH = "/act/"
HOLDS = timedelta(days=1)
_NONCE, _SIGNATURE = 10, 18  # With these, no padding ends the address.
_ALERT = 6


class LinkRefused(Exception):
    """It is none of ours, too old, or was used; the text says so to who followed it."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a good link says. `name` tells it from all others."""

    alert: str
    until: datetime
    name: str


class Links:
    """Makes and reads them with a key in the state folder; which were used is kept beside it, until they are too old.

    Nothing is done by following a link: programs look at what is in a message before a person does.
    """

    def __init__(self, folder: Path, public_url: str, clock: Callable[[], datetime]) -> None:
        self._public_url = public_url
        self._clock = clock
        self._used_file = folder / "links.used"
        self._key = _key(folder / "links.key")
        self._used = self._remembered()

    def url(self, alert: str) -> str:
        until = int((self._clock() + HOLDS).timestamp())
        signed = alert.encode() + until.to_bytes(5) + token_bytes(_NONCE)
        return f"{self._public_url}{PATH}{urlsafe_b64encode(signed + self._signature(signed)).decode()}"

    def read(self, token: str) -> Link:
        """Return what the link says.

        Raises:
            LinkRefused: it says nothing any more, or never did.
        """
        try:
            content = urlsafe_b64decode(token.encode("ascii"))
        except ValueError:
            content = b""
        signed, signature = content[:-_SIGNATURE], content[-_SIGNATURE:]
        right = hmac.compare_digest(signature, self._signature(signed))
        if not right or len(signed) != _ALERT + 5 + _NONCE:
            raise LinkRefused("This is no link of ours, or a part of it is missing.")
        seconds = int.from_bytes(signed[_ALERT : _ALERT + 5])
        now = self._clock()
        if now.timestamp() >= seconds:
            raise LinkRefused("This link is too old.")
        name = signed[-_NONCE:].hex()
        if name in self._used:
            raise LinkRefused("This link was used already.")
        return Link(signed[:_ALERT].decode(), datetime.fromtimestamp(seconds, now.tzinfo), name)

    def use(self, link: Link) -> None:
        """Note that the link was used: from here on it is refused. `save` keeps that over a restart."""
        now = self._clock().timestamp()
        self._used = {name: until for name, until in self._used.items() if until > now}
        self._used[link.name] = int(link.until.timestamp())

    def save(self) -> None:
        """Write which were used; it blocks, so it is for a thread. To be done before anything is done by the link.

        Raises:
            OSError: it cannot be written.
        """
        write_whole(self._used_file, "".join(f"{name} {until}\n" for name, until in dict(self._used).items()).encode())

    def _signature(self, signed: bytes) -> bytes:
        return hmac.digest(self._key, signed, "sha256")[:_SIGNATURE]

    def _remembered(self) -> dict[str, int]:
        try:
            lines = [line.split() for line in self._used_file.read_text().splitlines()]
            return {name: int(until) for name, until in lines}
        except FileNotFoundError:
            return {}
        except ValueError:
            # Whoever lost this may not have all links of the last day hold again.
            log.error("which links were used cannot be read; all links of before are void")  # noqa: TRY400
            self._key = sha256(self._key + token_bytes(32)).digest()
            return {}


def _key(path: Path) -> bytes:
    """Return the key, made when it is first needed."""
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        key = b""
    if len(key) < 32:
        key = token_bytes(32)
        write_whole(path, key)
    return key
