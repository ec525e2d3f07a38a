"""Times as whole numbers, as the ledger and the trails keep them: microseconds since 1970 in UTC."""

from datetime import UTC, datetime, timedelta

TICK = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    return (moment - _EPOCH) // TICK


def moment_of(at: int) -> datetime:
    """Return the time of which `micros` gives `at`."""
    return _EPOCH + at * TICK
