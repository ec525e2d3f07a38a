"""What is true and yet not said: an alert that another one explains, or that somebody asked to be silent."""

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import cached_property

from monitor.core.alerting.alerts import Alert, Rule, Stage
from monitor.core.budgets import Severity

# Rules that judge one budget: the worst of them speaks for it.
ON_BUDGET = frozenset({Rule.THRESHOLD, Rule.QUOTA, Rule.BURN_RATE, Rule.FORECAST})
# Rules that see how fast an account spends: whatever the budget, it is the same loop.
ON_SPEED = frozenset({Rule.BURN_RATE, Rule.SPIKE})
# A spike looks back for an hour: one that began so close to a burn is the same matter.
SAME_MATTER = timedelta(hours=1)
# A forecast is drawn from what is spent: of what has been fast for less than this it tells no more than that.
SPEED_IS_NEWS = timedelta(days=1)
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
    if silences:  # First: what is silenced must not hide what is not.
        alerts = {key: alert for key, alert in alerts.items() if not any(s.matches(alert, now) for s in silences)}
    return unexplained(alerts, now)


def unexplained(alerts: Mapping[str, Alert], now: datetime) -> dict[str, Alert]:
    """Return the alerts without those that another one hides at `now`.

    | hidden             | by                                                                              |
    |--------------------|---------------------------------------------------------------------------------|
    | any on a budget    | a worse one on the same budget in the same window                               |
    | burn rate or spike | a worse of the two on the same subject                                          |
    | burn rate          | an equal one on the same subject that began before                              |
    | forecast           | what fires on the same budget; in its first day, a spike of the subject, or a   |
    |                    | burn rate of it that is worse                                                   |
    | no data            | refused or drifted, of the same source                                          |
    | drifted            | refused                                                                         |

    What somebody has acknowledged hides nothing: it is silent itself.
    """
    about = _grouped(alerts, lambda alert: (alert.about, alert.window))
    subject = _grouped(alerts, lambda alert: alert.subject)
    return {
        key: alert
        for key, alert in alerts.items()
        if not alert.firing
        or not (
            _hidden(alert, about.get((alert.about, alert.window))) or _outrun(alert, subject.get(alert.subject), now)
        )
    }


class _Group:
    """What fires about one thing, as far as it can hide another alert."""

    def __init__(self) -> None:
        self.rules: set[Rule] = set()
        self.on_budget = Severity.OK
        self.speeds: list[Alert] = []
        self.first_burn: dict[Severity, tuple[datetime, str]] = {}

    def add(self, alert: Alert) -> None:
        self.rules.add(alert.rule)
        if alert.rule in ON_BUDGET:
            self.on_budget = max(self.on_budget, alert.severity)
        if alert.rule in ON_SPEED:
            self.speeds.append(alert)
        if alert.rule is Rule.BURN_RATE:
            began = (alert.since, alert.key)
            self.first_burn[alert.severity] = min(began, self.first_burn.get(alert.severity, began))

    @cached_property
    def on_speed(self) -> Severity:
        return max((alert.severity for alert in self.speeds if not self.grew_into_burn(alert)), default=Severity.OK)

    def grew_into_burn(self, alert: Alert) -> bool:
        """Tell whether it is the spike of a burn that was as bad: when that eases, the spike of its hour is no news."""
        return alert.rule is Rule.SPIKE and any(
            other.rule is Rule.BURN_RATE and other.peak >= alert.severity and alert.since <= other.since + SAME_MATTER
            for other in self.speeds
        )


def _grouped(alerts: Mapping[str, Alert], of: Callable[[Alert], Hashable]) -> dict[Hashable, _Group]:
    groups: dict[Hashable, _Group] = {}
    for alert in alerts.values():
        if alert.firing and alert.stage is not Stage.ACKNOWLEDGED:
            groups.setdefault(of(alert), _Group()).add(alert)
    return groups


def _hidden(alert: Alert, about: _Group | None) -> bool:
    """Tell whether another alert about the same thing makes this one needless."""
    if not alert.about or about is None:
        return False
    if alert.rule in ON_BUDGET and about.on_budget > alert.severity:
        return True
    return not about.rules.isdisjoint(EXPLAINED_BY.get(alert.rule, frozenset()))


def _outrun(alert: Alert, subject: _Group | None, now: datetime) -> bool:
    """Tell whether another alert on the same subject's speed makes this one needless."""
    if subject is None:
        return False
    if alert.rule is Rule.FORECAST:
        lately = (speed for speed in subject.speeds if now - speed.since < SPEED_IS_NEWS)
        return any(speed.rule is Rule.SPIKE or speed.severity > alert.severity for speed in lately)
    if alert.rule not in ON_SPEED:
        return False
    if subject.on_speed > alert.severity or subject.grew_into_burn(alert):
        return True
    first = subject.first_burn.get(alert.severity)
    return alert.rule is Rule.BURN_RATE and first is not None and first < (alert.since, alert.key)
