"""Everything the daemon knows, as one value that is replaced whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.core.alerts import Alert
from monitor.core.health import Health
from monitor.core.notifications import NotificationLog
from monitor.core.readings import Observation
from monitor.core.spend import Spend


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is known of one source; kept in a file of its own."""

    spend: Spend
    health: Health = field(default_factory=Health)

    def after(self, seen: Observation | Exception, now: datetime) -> "SourceState":
        """Return it after one poll. A failure leaves the last good figures as they are, with their age."""
        if isinstance(seen, Exception):
            return replace(self, health=self.health.failed(seen, now))
        health = self.health.succeeded(now) if seen.error is None else self.health.failed(seen.error, now)
        return SourceState(self.spend.record(seen, now), health)


@dataclass(frozen=True, slots=True)
class Saving:
    """Whether the state folder takes what is written; `failing_since` None is well."""

    failing_since: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """Alerts are kept while they fire, and until everyone who heard of one has heard that it is over."""

    sources: Mapping[str, SourceState]
    alerts: Mapping[str, Alert] = field(default_factory=dict)
    log: NotificationLog = field(default_factory=NotificationLog)
    saving: Saving = field(default_factory=Saving)
