"""How a source is: when it last answered well, and what is wrong since when."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.core.errors import SourceDrifted, SourceRefused, SourceUnavailable


class Fault(StrEnum):
    """Whose fault the last failure was. BUG is ours."""

    UNAVAILABLE = "unavailable"
    REFUSED = "refused"
    DRIFTED = "drifted"
    BUG = "bug"

    @classmethod
    def of(cls, error: Exception) -> "Fault":
        match error:
            case SourceRefused():
                return cls.REFUSED
            case SourceDrifted():
                return cls.DRIFTED
            case SourceUnavailable():
                return cls.UNAVAILABLE
            case _:
                return cls.BUG


@dataclass(frozen=True, slots=True)
class Health:
    """`failing_since` is the first failure after the last success; `error` is safe to show."""

    last_attempt: datetime | None = None
    last_success: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    fault: Fault | None = None
    error: str | None = None

    def succeeded(self, now: datetime) -> "Health":
        return Health(last_attempt=now, last_success=now)

    def failed(self, error: Exception, now: datetime) -> "Health":
        fault = Fault.of(error)
        text = str(error) if fault is not Fault.BUG else f"a bug in spend-monitor ({type(error).__name__}); see the log"
        return replace(
            self,
            last_attempt=now,
            failing_since=min(self.failing_since or now, now),
            failures=self.failures + 1 if fault is self.fault else 1,
            fault=fault,
            error=text,
        )

    def state(self, now: datetime, interval: timedelta) -> str:
        """Return `ok`, `late`, `stale`, `unavailable`, `refused`, `drifted` or `never`."""
        if self.fault is not None:
            return "unavailable" if self.fault is Fault.BUG else self.fault.value
        if self.last_success is None:
            return "never"
        age = now - self.last_success
        return "ok" if age <= 2 * interval else "late" if age <= patience(interval) else "stale"


def patience(interval: timedelta) -> timedelta:
    """Return how long a source may give no good reading before that is an alert."""
    return max(5 * interval, timedelta(minutes=10))
