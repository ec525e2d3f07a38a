"""How long a channel holds after some messages, so that what becomes due close together goes out as one."""

import time
from collections.abc import Callable
from datetime import timedelta

LONGEST_HOLD = timedelta(minutes=1)
# One account may climb through all its thresholds without a wait; what is more in so short a time is many accounts.
AT_ONCE = 4
# So long after the last hold nothing was said: what comes next goes out at once again.
QUIET = timedelta(minutes=1)


class Hold:
    """Begins after `at_once` messages, and grows from `shortest` (which may be nothing) while they keep coming.

    `timer` counts seconds, steadily.
    """

    def __init__(
        self, shortest: timedelta, timer: Callable[[], float] = time.monotonic, *, at_once: int = AT_ONCE
    ) -> None:
        self.shortest = shortest.total_seconds()
        self._longest = max(self.shortest, LONGEST_HOLD.total_seconds())
        self._timer = timer
        self._at_once, self._said = at_once, 0
        self._length = 0.0
        self._ends = timer()

    def begin(self) -> None:
        """Begin to hold, as a message was said."""
        now = self._timer()
        if now - self._ends >= QUIET.total_seconds():
            self._said, self._length = 0, 0.0
        self._said += 1
        if self._said >= self._at_once:
            self._length = min(max(2 * self._length, self.shortest), self._longest)
        self._ends = now + self._length

    def left(self) -> float:
        """Return how many seconds there are still to hold."""
        return max(self._ends - self._timer(), 0.0)
