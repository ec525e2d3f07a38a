"""What is true and yet not said: an alert that another one explains, or that somebody asked to be silent."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from monitor.core.alerts import Alert, Rule
from monitor.core.budgets import Severity

# Rules that judge one budget: the worst of them speaks for it.
ON_BUDGET = frozenset({Rule.THRESHOLD, Rule.QUOTA, Rule.BURN_RATE, Rule.FORECAST})
# Rules that see how fast an account spends: whatever the budget, it is the same loop.
ON_SPEED = frozenset({Rule.BURN_RATE, Rule.SPIKE, Rule.FORECAST})
# What goes without saying, of the same thing, once its cause was said.
EXPLAINED_BY: Mapping[Rule, frozenset[Rule]] = {
    Rule.FORECAST: frozenset({Rule.THRESHOLD, Rule.QUOTA, Rule.BURN_RATE}),
    Rule.NO_DATA: frozenset({Rule.REFUSED, Rule.DRIFTED}),
    Rule.DRIFTED: frozenset({Rule.REFUSED}),
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

    @property
    def patterns(self) -> str:
        """Return what it matches, for people: `rule=forecast key=*:monthly:*`."""
        named = (("rule", self.rule), ("subject", self.subject), ("key", self.key))
        return " ".join(f"{name}={pattern}" for name, pattern in named if pattern != "*") or "everything"

    def holds(self, now: datetime) -> bool:
        return self.at <= now < self.until

    def matches(self, alert: Alert, now: datetime) -> bool:
        return (
            self.holds(now)
            and _fits(alert.rule.value, self.rule)
            and _fits(alert.subject, self.subject)
            and _fits(alert.key, self.key)
        )


def _fits(text: str, pattern: str) -> bool:
    return pattern == "*" or fnmatchcase(text, pattern)


def audible(alerts: Mapping[str, Alert], silences: Collection[Silence], now: datetime) -> dict[str, Alert]:
    """Return the alerts that may be spoken of at `now`."""
    heard = unexplained(alerts)
    if not silences:
        return heard
    return {key: alert for key, alert in heard.items() if not any(s.matches(alert, now) for s in silences)}


def unexplained(alerts: Mapping[str, Alert]) -> dict[str, Alert]:
    """Return the alerts without those that another one hides.

    | hidden                       | by                                                      |
    |------------------------------|---------------------------------------------------------|
    | any on a budget              | a worse one on the same budget                          |
    | burn rate, spike or forecast | a worse of the three on the same subject                |
    | burn rate                    | an equal one on the same subject that began before      |
    | forecast                     | what fires on the same budget, or a spike of the subject|
    | no data                      | refused or drifted, of the same source                  |
    | drifted                      | refused                                                 |
    """
    about, subject = _grouped(alerts, lambda alert: alert.about), _grouped(alerts, lambda alert: alert.subject)
    return {
        key: alert
        for key, alert in alerts.items()
        if not alert.firing or not (_hidden(alert, about[alert.about]) or _outrun(alert, subject[alert.subject]))
    }


class _Group:
    """What fires about one thing, as far as it can hide another alert."""

    def __init__(self) -> None:
        self.rules: set[Rule] = set()
        self.on_budget = self.on_speed = Severity.OK
        self.first_burn: dict[Severity, tuple[datetime, str]] = {}

    def add(self, alert: Alert) -> None:
        self.rules.add(alert.rule)
        if alert.rule in ON_BUDGET:
            self.on_budget = max(self.on_budget, alert.severity)
        if alert.rule in ON_SPEED:
            self.on_speed = max(self.on_speed, alert.severity)
        if alert.rule is Rule.BURN_RATE:
            began = (alert.since, alert.key)
            self.first_burn[alert.severity] = min(began, self.first_burn.get(alert.severity, began))


def _grouped(alerts: Mapping[str, Alert], of: Callable[[Alert], str]) -> dict[str, _Group]:
    groups: dict[str, _Group] = {}
    for alert in alerts.values():
        if alert.firing:
            groups.setdefault(of(alert), _Group()).add(alert)
    return groups


def _hidden(alert: Alert, about: _Group) -> bool:
    """Tell whether another alert about the same thing makes this one needless."""
    if not alert.about:
        return False
    if alert.rule in ON_BUDGET and about.on_budget > alert.severity:
        return True
    return not about.rules.isdisjoint(EXPLAINED_BY.get(alert.rule, frozenset()))


def _outrun(alert: Alert, subject: _Group) -> bool:
    """Tell whether another alert on the same subject's speed makes this one needless."""
    if alert.rule not in ON_SPEED:
        return False
    if subject.on_speed > alert.severity or (alert.rule is Rule.FORECAST and Rule.SPIKE in subject.rules):
        return True
    return alert.rule is Rule.BURN_RATE and subject.first_burn[alert.severity] < (alert.since, alert.key)
