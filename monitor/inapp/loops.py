"""What looks like a loop: the same prompt again and again, or far more requests than this program ever makes."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from statistics import median
from threading import Lock

from monitor.core.parsing.breaker_settings import BreakerSettings
from monitor.core.windows import span_words

# So many prompts are remembered, the latest ones; a loop asks its own more often than that.
_MOST_PROMPTS = 10_000
_MINUTE = timedelta(minutes=1)
# What is usual is known after so many busy minutes, and is of the last hour of them.
_FEWEST_MINUTES, _MOST_MINUTES = 10, 60
# Nobody is alarmed by fewer requests a minute than this, however quiet the program was before.
_FEWEST_REQUESTS = 60


class Loops:
    """Sees each request of this process, those that are refused too: a loop that goes on stays one."""

    def __init__(self, settings: BreakerSettings) -> None:
        self._settings = settings
        self._prompts: OrderedDict[bytes, deque[datetime]] = OrderedDict()
        self._minute: datetime | None = None
        self._requests = 0
        self._most: int | None = None
        self._usual: deque[int] = deque(maxlen=_MOST_MINUTES)
        self._lock = Lock()

    def seen(self, prompt_hash: bytes | None, now: datetime) -> str | None:
        """Take a request in; return why it looks like a loop, if it does."""
        with self._lock:
            return self._too_fast(now) or (None if prompt_hash is None else self._repeated(prompt_hash, now))

    def _repeated(self, prompt_hash: bytes, now: datetime) -> str | None:
        most, within = self._settings.loop_repeats, self._settings.loop_within
        if not most:
            return None
        times = self._prompts.get(prompt_hash)
        if times is None:
            times = self._prompts[prompt_hash] = deque(maxlen=most)
            if len(self._prompts) > _MOST_PROMPTS:
                self._prompts.popitem(last=False)
        else:
            self._prompts.move_to_end(prompt_hash)
        times.append(now)
        if len(times) < most or now - times[0] > within:
            return None
        return f"the same prompt {most} times within {span_words(within)}"

    def _too_fast(self, now: datetime) -> str | None:
        factor = self._settings.rate_factor
        if not factor:
            return None
        if self._minute is None or not timedelta() <= now - self._minute < _MINUTE:
            self._begin_minute(now)
        self._requests += 1
        most = self._most
        if most is None or self._requests <= most:
            return None
        return f"over {most} requests in a minute, where {most // factor} are usual for this program"

    def _begin_minute(self, now: datetime) -> None:
        """Begin to count anew. A minute that was too fast does not become what is usual."""
        if self._requests and (self._most is None or self._requests <= self._most):
            self._usual.append(self._requests)
            if len(self._usual) >= _FEWEST_MINUTES:
                self._most = max(int(self._settings.rate_factor * median(self._usual)), _FEWEST_REQUESTS)
        self._minute = now
        self._requests = 0
