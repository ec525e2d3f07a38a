"""From what is due on a channel to its message: a digest, or what is true now with a picture where one is asked for."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from monitor.core.alerting.notifications import Notification, Reason
from monitor.core.channels import Message
from monitor.core.picture import Picture
from monitor.core.plan import Plan
from monitor.core.state import State
from monitor.core.telling.digest import digest
from monitor.core.telling.messages import render
from monitor.core.telling.picture_of import picture_of

log = structlog.get_logger()


class Writer:
    """`link` makes the address where an alert is acknowledged, once there is one."""

    def __init__(
        self, plan: Plan, state: Callable[[], State], clock: Callable[[], datetime], *, pictures: bool
    ) -> None:
        self.link: Callable[[str], str] | None = None
        self._plan = plan
        self._state = state
        self._clock = clock
        self._pictures = pictures

    def write(self, due: Sequence[Notification]) -> Message:
        first, now = due[0], self._clock()
        if first.reason is Reason.DIGEST and first.alert.window is not None:  # It goes alone.
            return digest(first.alert.window, self._state(), self._plan, now)
        return replace(render(due, self._plan.zone, now, self.link), picture=self._picture(due, now))

    def _picture(self, due: Sequence[Notification], now: datetime) -> Picture | None:
        if not self._pictures:
            return None
        try:
            return picture_of(due, self._state(), self._plan, now)
        except Exception:
            log.exception("a picture hit a bug; the message goes without it")
            return None
