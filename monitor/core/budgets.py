"""How bad, how much, and of what: severities, thresholds and budgets."""

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from monitor.core.money import Money
from monitor.core.spending.readings import Series
from monitor.core.windows import Period


class Severity(IntEnum):
    OK = 0
    WARNING = 1
    CRITICAL = 2
    EMERGENCY = 3


# A budget that fell this far below its lowest threshold has recovered; less is a figure that trembles on the edge.
HYSTERESIS = Decimal("0.02")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Shares of the limit, each in (0, 1] and in this order. At a threshold counts as over it."""

    warning: Decimal = Decimal("0.70")
    critical: Decimal = Decimal("0.90")
    emergency: Decimal = Decimal("0.95")

    def share(self, severity: Severity) -> Decimal:
        """Return the share at which `severity` begins."""
        shares = {Severity.WARNING: self.warning, Severity.CRITICAL: self.critical, Severity.EMERGENCY: self.emergency}
        return shares.get(severity, Decimal(0))

    def severity(self, ratio: Decimal) -> Severity:
        """Return the highest severity whose threshold `ratio` has reached."""
        reached = (level for level in Severity if level and ratio >= self.share(level))
        return max(reached, default=Severity.OK)

    def recovered(self, ratio: Decimal) -> bool:
        """Tell whether a budget that was over is clearly below again."""
        return ratio < self.warning - min(HYSTERESIS, self.warning / 2)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a budget counts. None means: all of them."""

    source: str | None = None
    model: str | None = None
    project: str | None = None
    key: str | None = None
    user: str | None = None
    tag: str | None = None

    @property
    def told_by_providers(self) -> bool:
        """Whether a provider can tell what it counts: users and tags are words that only the application knows."""
        return self.user is None and self.tag is None

    @property
    def series(self) -> Series:
        return Series(self.model, self.project, self.key)


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit over a recurring period for a scope; the unnamed ones of the settings are `monthly` and `daily`."""

    name: str
    limit: Money
    period: Period = Period.MONTH
    scope: Scope = EVERYTHING
    thresholds: Thresholds = Thresholds()
