"""One rule's condition for one subject in one window, with the facts that a message needs."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from monitor.core.budgets import Severity, Thresholds
from monitor.core.money import Money
from monitor.core.windows import Window


class Rule(StrEnum):
    THRESHOLD = "threshold"
    QUOTA = "quota"
    NO_DATA = "no_data"
    REFUSED = "refused"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class SpendFacts:
    """What is known of a limit: what was spent of it, how fast it goes, and what drives it (dearest first)."""

    spent: Money | None
    limit: Money | None
    ratio: Decimal | None
    what: str
    as_of: datetime | None
    thresholds: Thresholds
    pace: Money | None = None
    models: tuple[tuple[str, Money], ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """`key` is stable over polls and restarts. `summary` stands alone; `since` is when it began to fire."""

    key: str
    rule: Rule
    subject: str
    severity: Severity
    summary: str
    since: datetime
    window: Window | None = None
    spend: SpendFacts | None = None
    advice: tuple[str, ...] = ()

    @property
    def firing(self) -> bool:
        return self.severity is not Severity.OK
