"""What can go wrong, typed by whose fault it is. No message may hold a secret."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.core.money import Money


class MonitorError(Exception):
    """Anything this package raises on purpose."""


class SettingsError(MonitorError):
    """The environment is wrong; `problems` has one line for each mistake, each naming its variable."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class SnapshotError(MonitorError):
    """The state folder cannot be used, or a file in it cannot be read or written."""


class InboxError(MonitorError):
    """The folder in which orders are handed to the daemon cannot be used."""


class SourceError(MonitorError):
    """A source gave no good reading."""


class SourceUnavailable(SourceError):
    """Nobody's fault that a person must mend: a timeout, 429, 5xx. Later is better.

    `retry_after` is the provider's own wish, already capped.
    """

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SourceRefused(SourceError):
    """401 or 403: the key is wrong, revoked or of the wrong kind. A person must act."""


class SourceDrifted(SourceError):
    """An answer came and was not understood. Never to be read as zero."""


class EndpointMissing(SourceDrifted):
    """The server has nothing at an address: it is older than what is asked of it, or another one."""


class Unpriced(MonitorError):
    """What a request cost is not known. Never to be read as zero, which means free."""


class LedgerError(MonitorError):
    """The ledger cannot be used now: it is locked, full, read-only or damaged."""


class Cause(StrEnum):
    """Why the breaker refuses."""

    BUDGET = "budget"
    MANUAL = "manual"
    LOOP = "loop"
    EMERGENCY = "emergency"
    BLIND = "blind"


class BudgetExceeded(MonitorError):
    """A request may not be sent. Nothing was.

    `budget` is the name of what refuses it. `spent` is what is gone of `limit`, `reserved` what requests on their way
    may still cost; all three are None where no budget is the cause. `reopens_at` None: not by itself.
    """

    def __init__(
        self,
        budget: str,
        spent: "Money | None" = None,
        limit: "Money | None" = None,
        reopens_at: datetime | None = None,
        reserved: "Money | None" = None,
        cause: Cause = Cause.BUDGET,
        reason: str = "",
    ) -> None:
        # All of them as arguments, so that it can be pickled on its way between processes.
        super().__init__(budget, spent, limit, reopens_at, reserved, cause, reason)
        self.budget = budget
        self.spent = spent
        self.limit = limit
        self.reopens_at = reopens_at
        self.reserved = reserved
        self.cause = cause
        self.reason = reason

    def __str__(self) -> str:
        if self.cause is Cause.BUDGET:
            is_held = self.reserved is not None and self.reserved.amount
            held = f" and {self.reserved} held for requests whose cost is not known yet" if is_held else ""
            what = f"the budget {self.budget} is used up: {self.spent} of {self.limit} spent{held}"
        else:
            what = f"the breaker is open ({self.budget}): {self.reason or self.cause}"
        return f"{what}; {_reopening(self.reopens_at)}"


def _reopening(at: datetime | None) -> str:
    return f"it reopens at {at:%Y-%m-%d %H:%M:%S} UTC" if at else "it does not reopen by itself"
