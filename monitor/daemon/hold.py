"""How long a channel holds after a message, so that what becomes due close together goes out as one."""

import time
from collections.abc import Callable
from datetime import timedelta

LONGEST_HOLD = timedelta(minutes=1)
# So long after the last hold nothing was said: what comes next goes out at once, and is followed by the shortest hold.
QUIET = timedelta(minutes=1)


class Hold:
    """Grows from `shortest` (which may be nothing) while messages keep coming. `timer` counts seconds, steadily."""

    def __init__(self, shortest: timedelta, timer: Callable[[], float] = time.monotonic) -> None:
        self._shortest = shortest.total_seconds()
        self._longest = max(self._shortest, LONGEST_HOLD.total_seconds())
        self._timer = timer
        self._length = 0.0
        self._ends = timer()

    def begin(self) -> None:
        """Begin to hold, as a message was said."""
        now = self._timer()
        quiet = now - self._ends >= QUIET.total_seconds()
        self._length = self._shortest if quiet else min(max(2 * self._length, self._shortest), self._longest)
        self._ends = now + self._length

    def left(self) -> float:
        """Return how many seconds there are still to hold."""
        return max(self._ends - self._timer(), 0.0)
