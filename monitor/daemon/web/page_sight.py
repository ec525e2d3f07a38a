"""What one writing of the page is made from: the state at one moment, so that all of it agrees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitor.core.alerting.alerts import Alert
from monitor.core.alerting.muting import unexplained
from monitor.core.budgets import Severity
from monitor.core.channels import ChannelState
from monitor.core.plan import Plan
from monitor.core.state import State
from monitor.daemon.document import WELL
from monitor.daemon.history import Record
from monitor.daemon.web.page_facts import Facts
from monitor.daemon.web.page_requests import Asked
from monitor.daemon.web.view import View


@dataclass(frozen=True, slots=True)
class Sight:
    """`breaker` is the document of `/api/v1/breaker`; it and `asked` are None before the ledger was read."""

    state: State
    plan: Plan
    channels: tuple[ChannelState, ...]
    overdue: Sequence[str]
    now: datetime
    breaker: Mapping[str, Any] | None = None
    asked: Asked | None = None
    history: tuple[Record, ...] = ()
    facts: Mapping[str, Facts] = field(default_factory=dict)

    @classmethod
    def of(cls, view: View) -> "Sight":
        return cls(view.state(), view.plan, view.channels(), tuple(view.overdue()), view.clock())

    def health(self, name: str) -> str:
        """Return how a source is, as the API says it."""
        return self.state.sources[name].health.state(self.now, self.plan.sources[name].interval)

    @property
    def unwell(self) -> tuple[str, ...]:
        """Return the sources whose figures may be old or wrong."""
        return tuple(name for name in self.state.sources if self.health(name) not in WELL)

    @property
    def firing(self) -> tuple[Alert, ...]:
        """Return what fires, the worst first: also what somebody knows of already, or what another one explains."""
        alerts = (alert for alert in self.state.alerts.values() if alert.firing)
        return tuple(sorted(alerts, key=lambda alert: (-alert.severity, alert.since, alert.key)))

    @property
    def worst(self) -> Severity:
        return max((alert.severity for alert in self.firing), default=Severity.OK)

    @property
    def unexplained(self) -> Mapping[str, Alert]:
        """Return the alerts that no other one explains, by their keys. It looks at all: ask once for many."""
        return unexplained(self.state.alerts, self.now)

    def silenced(self, alert: Alert) -> bool:
        return any(silence.matches(alert, self.now) for silence in self.state.silences)
