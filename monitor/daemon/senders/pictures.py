"""How a picture goes with a message, so that it can neither hold up nor lose the text.

A mail holds it. Chats get it behind the text, in a message of its own that nobody waits for: their plugins send both
one after the other, and would call a text that has arrived a failure when its picture is refused.
"""

import threading
from collections.abc import Callable
from datetime import timedelta
from enum import Enum, auto

import structlog

from monitor.core.picture import Picture
from monitor.daemon.senders.drawing import png
from monitor.daemon.senders.failures import Trace
from monitor.daemon.senders.plugins import Service, build

log = structlog.get_logger()


class Way(Enum):
    WITHIN = auto()
    BEHIND = auto()


# Its plugin makes a message of its own of the words beside a picture.
WORDLESS = {"NotifyDiscord"}
WAYS = {"NotifyEmail": Way.WITHIN, "NotifyDiscord": Way.BEHIND, "NotifyTelegram": Way.BEHIND}


def way_of(service: Service) -> Way | None:
    """Return how the service gets a picture; None where it takes none, as a webhook of Slack."""
    name = type(service.plugin).__name__
    if name == "NotifySlack":
        return Way.BEHIND if service.plugin.mode == "bot" else None
    return WAYS.get(name)


def drawn(picture: Picture | None, channel: str) -> bytes | None:
    """Return the picture as PNG; None where there is none, or it cannot be drawn, which is logged."""
    if picture is None:
        return None
    try:
        return png(picture)
    except Exception:
        log.exception("a picture cannot be drawn; the message goes without it", channel=channel)
        return None


class Behind:
    """Sends pictures behind their texts, one at a time: while one is under way, the next is left out."""

    def __init__(self, channel: str, url: str, deadline: timedelta, scrub: Callable[[str], str]) -> None:
        self._channel, self._url, self._deadline, self._scrub = channel, url, deadline, scrub
        self._service: Service | None = None
        self._thread: threading.Thread | None = None

    def send(self, picture: Picture, tone: str) -> None:
        """Begin to send it, and wait for nothing."""
        if self._thread is None or not self._thread.is_alive():
            name = f"picture-{self._channel}"
            self._thread = threading.Thread(target=self._send, args=(picture, tone), name=name, daemon=True)
            self._thread.start()

    def _send(self, picture: Picture, tone: str) -> None:
        content = drawn(picture, self._channel)
        if content is None:
            return
        try:
            # One of its own: a plugin keeps notes of the message that it sends.
            self._service = self._service or build(self._url, self._deadline)
            words = "" if type(self._service.plugin).__name__ in WORDLESS else picture.caption
            with Trace() as trace:
                if not self._service.post("", words, tone, content):
                    reason = trace.failure(self._scrub).reason
                    log.warning("a picture was not taken; its message was", channel=self._channel, reason=reason)
        except Exception as bug:  # A plugin may raise anything, with an address in it.  # noqa: BLE001
            log.warning("a picture was not sent; its message was", channel=self._channel, error=type(bug).__name__)
