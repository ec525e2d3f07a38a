"""Wrong tokens, counted by who sent them: who guesses is made to wait."""

from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from time import monotonic

MOST, WITHIN_SECONDS = 10, 300.0
# So many senders are remembered; then the one that was quiet longest is forgotten.
MOST_SENDERS = 1_024


class Attempts:
    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, sender: str) -> int:
        """Return for how many seconds the sender may not try; 0 where it may."""
        times = self._failed.get(_network(sender))
        if times is None or len(times) < MOST:
            return 0
        left = times[0] + WITHIN_SECONDS - self._clock()
        return max(int(left) + 1, 1) if left > 0 else 0

    def failed(self, sender: str) -> None:
        name = _network(sender)
        self._failed.setdefault(name, deque(maxlen=MOST)).append(self._clock())
        self._failed.move_to_end(name)
        if len(self._failed) > MOST_SENDERS:
            self._failed.popitem(last=False)


def _network(sender: str) -> str:
    """Return whom an address belongs to: one customer has a whole /64 of IPv6."""
    try:
        address = ip_address(sender)
    except ValueError:
        return sender
    return address.exploded[:19] if isinstance(address, IPv6Address) else sender
