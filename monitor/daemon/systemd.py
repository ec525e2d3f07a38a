"""Tells the service manager how it goes (sd_notify), in no more than the protocol needs."""

import os
import socket
from collections.abc import Mapping
from datetime import timedelta

# Seconds. A manager whose queue is full must not hold the loop that its own watchdog watches.
PATIENCE = 0.2


class Systemd:
    """Speaks to the socket that `NOTIFY_SOCKET` names; without one every call is silent, and none ever raises."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._watchdog_interval = _watchdog_interval(environ)

    @property
    def watchdog_interval(self) -> timedelta | None:
        """How often `watchdog()` is due: half of the time after which systemd ends a silent service."""
        return self._watchdog_interval

    def ready(self, status: str) -> None:
        self._send("READY=1\n" + _status(status))

    def status(self, text: str) -> None:
        self._send(_status(text))

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def watchdog(self) -> None:
        self._send("WATCHDOG=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
                notify.settimeout(PATIENCE)
                notify.sendto(message.encode(errors="replace"), self._address)
        except (OSError, ValueError):
            return


def _status(text: str) -> str:
    """One line: a newline in the text would begin another assignment."""
    return "STATUS=" + " ".join(text.split())


def _watchdog_interval(environ: Mapping[str, str]) -> timedelta | None:
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    try:
        interval = timedelta(microseconds=int(environ.get("WATCHDOG_USEC", ""))) / 2
    except (ValueError, OverflowError):
        return None
    return interval if interval > timedelta(0) else None
