"""The token, and the cookie that stands for it in a browser."""

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

COOKIE = "spend_monitor_session"
LASTS = timedelta(days=30)


class Sessions:
    """A cookie is the time until which it holds, signed with the token: a restart ends none, a new token ends all."""

    def __init__(self, token: str, clock: Callable[[], datetime]) -> None:
        self._token = sha256(token.encode()).digest()
        self._key = hmac.digest(token.encode(), b"spend-monitor session", "sha256")
        self._clock = clock

    def fits(self, token: str) -> bool:
        """Tell whether it is the token, in a time that says nothing of how much of it is right."""
        return hmac.compare_digest(sha256(token.encode(errors="replace")).digest(), self._token)

    def new(self) -> str:
        until = str(int((self._clock() + LASTS).timestamp()))
        return f"{until}.{self._signature(until)}"

    def holds(self, cookie: str) -> bool:
        until, _, signature = cookie.partition(".")
        signed = hmac.compare_digest(signature.encode(errors="replace"), self._signature(until).encode())
        return signed and self._clock().timestamp() < int(until)

    def _signature(self, until: str) -> str:
        return hmac.digest(self._key, until.encode(errors="replace"), "sha256").hex()
