"""When to try again: full jitter, so that a thousand clients of a provider that fell do not return as one."""

import random
from datetime import timedelta

from monitor.core.spending.health import Fault, Health

LONGEST_WAIT = timedelta(minutes=5)
SLOWEST_REFUSED = timedelta(minutes=15)
CHANNEL_FIRST_WAIT = timedelta(seconds=2)
CHANNEL_FAILED_FOR_GOOD = timedelta(hours=1)


def poll_delay(health: Health, interval: timedelta, retry_after: timedelta | None, rng: random.Random) -> timedelta:
    """Return how long after a failed poll the next one is due.

    A refused key is tried again at the next interval, as that may have been a hiccup, then slowly. Everything else
    backs off from one interval to a few, drawn from zero to that; the provider's own wish is a lower bound.
    """
    if health.fault is Fault.REFUSED:
        return interval if health.failures < 2 else max(interval, min(10 * interval, SLOWEST_REFUSED))
    ceiling = min(interval * 2 ** min(health.failures, 3), max(interval, LONGEST_WAIT))
    return max(jittered(ceiling, rng), min(interval, timedelta(seconds=1)), retry_after or timedelta())


def channel_delay(
    failures: int, retry_after: timedelta | None, rng: random.Random, *, permanent: bool = False
) -> timedelta:
    """Return how long after its n-th failure in a row (from 1) a channel is tried again.

    One that fails for good is still tried now and then: who mends it at the service does not restart us.
    """
    if permanent:
        return CHANNEL_FAILED_FOR_GOOD
    ceiling = min(CHANNEL_FIRST_WAIT * 2 ** min(failures - 1, 10), LONGEST_WAIT)
    return max(jittered(ceiling, rng), timedelta(seconds=0.5), retry_after or timedelta())


def jittered(ceiling: timedelta, rng: random.Random) -> timedelta:
    return ceiling * rng.random()
