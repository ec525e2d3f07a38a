"""What is known of one source: its spend and how it is; kept in a file of its own."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.core.health import Health
from monitor.core.readings import Observation
from monitor.core.spend import Spend


@dataclass(frozen=True, slots=True)
class SourceState:
    """The newest of one source."""

    spend: Spend
    health: Health = field(default_factory=Health)

    def after(self, seen: Observation | Exception, now: datetime) -> "SourceState":
        """Return it after one poll. A failure leaves the last good figures as they are, with their age."""
        if isinstance(seen, Exception):
            return replace(self, health=self.health.failed(seen, now))
        health = self.health.succeeded(now) if seen.error is None else self.health.failed(seen.error, now)
        return SourceState(self.spend.record(seen, now), health)
