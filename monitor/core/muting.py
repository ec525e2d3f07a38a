"""What is true and yet not said: an alert that another one explains, or that somebody asked to be silent."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from monitor.core.alerts import Alert, Rule
from monitor.core.budgets import Severity

# Several views of the same money.
ON_SPEND = frozenset({Rule.THRESHOLD, Rule.QUOTA, Rule.BURN_RATE, Rule.FORECAST})
# What a rule explains away: the effect goes without saying once its cause was said.
EXPLAINS = {
    Rule.THRESHOLD: frozenset({Rule.FORECAST}),
    Rule.QUOTA: frozenset({Rule.FORECAST}),
    Rule.BURN_RATE: frozenset({Rule.FORECAST}),
    Rule.REFUSED: frozenset({Rule.NO_DATA, Rule.DRIFTED}),
    Rule.DRIFTED: frozenset({Rule.NO_DATA}),
}


@dataclass(frozen=True, slots=True)
class Silence:
    """Says nothing of what it matches until `until`. The fields are patterns in which `*` stands for anything."""

    id: str
    until: datetime
    by: str
    reason: str
    at: datetime
    rule: str = "*"
    subject: str = "*"
    key: str = "*"

    def matches(self, alert: Alert, now: datetime) -> bool:
        return (
            self.at <= now < self.until
            and fnmatchcase(alert.rule.value, self.rule)
            and fnmatchcase(alert.subject, self.subject)
            and fnmatchcase(alert.key, self.key)
        )


def audible(alerts: Mapping[str, Alert], silences: Collection[Silence], now: datetime) -> dict[str, Alert]:
    """Return the alerts that may be spoken of at `now`."""
    heard = unexplained(alerts)
    if not silences:
        return heard
    return {key: alert for key, alert in heard.items() if not any(s.matches(alert, now) for s in silences)}


def unexplained(alerts: Mapping[str, Alert]) -> dict[str, Alert]:
    """Return the alerts without those that another one hides: a worse one on the same money, or their cause."""
    worst: dict[str, Severity] = {}
    causes: dict[str, set[Rule]] = {}
    for alert in alerts.values():
        if alert.firing:
            causes.setdefault(alert.about, set()).add(alert.rule)
            if alert.rule in ON_SPEND:
                worst[alert.about] = max(worst.get(alert.about, Severity.OK), alert.severity)
    return {key: alert for key, alert in alerts.items() if not _hidden(alert, worst, causes)}


def _hidden(alert: Alert, worst: Mapping[str, Severity], causes: Mapping[str, set[Rule]]) -> bool:
    if not alert.firing or not alert.about:
        return False
    if alert.rule in ON_SPEND and alert.severity < worst[alert.about]:
        return True
    return any(alert.rule in EXPLAINS.get(rule, ()) for rule in causes[alert.about])
