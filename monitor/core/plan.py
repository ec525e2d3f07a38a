"""What is watched, against what, and who is told: the settings as far as decisions need them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo

from monitor.core.budgets import Budget, Thresholds
from monitor.core.channels import Channel


@dataclass(frozen=True, slots=True)
class Watched:
    """One source as the rules see it."""

    name: str
    kind: str
    currency: str = "USD"
    interval: timedelta = timedelta(minutes=1)
    key_variable: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """`settling` is how long a window that has ended is still judged, for bills that come late."""

    sources: Mapping[str, Watched]
    budgets: tuple[Budget, ...] = ()
    thresholds: Thresholds = field(default_factory=Thresholds)
    channels: tuple[Channel, ...] = ()
    remind_every: timedelta = timedelta(hours=4)
    settling: timedelta = timedelta(hours=72)
    zone: tzinfo = field(default=UTC)

    def counts(self, budget: Budget, name: str) -> bool:
        """Tell whether the budget counts what source `name` spends: it is in scope and in the budget's currency."""
        return budget.scope.source in (None, name) and self.sources[name].currency == budget.limit.currency

    def counted(self, budget: Budget) -> tuple[str, ...]:
        """Return the names of the sources whose spend the budget counts."""
        return tuple(name for name in self.sources if self.counts(budget, name))
