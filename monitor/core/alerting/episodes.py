"""What has fired lately, for the digest: an alert itself is forgotten soon after its end."""

from dataclasses import dataclass, replace
from datetime import datetime

from monitor.core.alerting.alerts import Alert
from monitor.core.budgets import Severity

# More in one month is no news that anyone reads by name.
MOST_EPISODES = 200


@dataclass(frozen=True, slots=True)
class Episode:
    """One time that an alert fired: at its worst, and until when; `ended` None is not over, or went with its window."""

    key: str
    since: datetime
    severity: Severity
    summary: str
    ended: datetime | None = None


def episodes_after(episodes: tuple[Episode, ...], was: Alert | None, alert: Alert | None) -> tuple[Episode, ...]:
    """Return the episodes after a look at one alert, oldest first; the same ones where nothing has begun or changed."""
    if alert is not None and alert.firing:
        if was is None or not was.firing:
            return (*episodes, Episode(alert.key, alert.since, alert.severity, alert.summary))[-MOST_EPISODES:]
        if alert.severity > was.severity:
            return _changed(episodes, alert.key, alert)
    elif was is not None and was.firing:
        return _changed(episodes, was.key, alert)
    return episodes


def _changed(episodes: tuple[Episode, ...], key: str, alert: Alert | None) -> tuple[Episode, ...]:
    index = next((i for i in range(len(episodes) - 1, -1, -1) if episodes[i].key == key), None)
    if index is None:
        return episodes
    known = episodes[index]
    if alert is not None and alert.firing:
        if alert.severity <= known.severity:
            return episodes
        known = replace(known, severity=alert.severity, summary=alert.summary)
    else:
        known = replace(known, ended=alert.ended if alert is not None else None)
    return (*episodes[:index], known, *episodes[index + 1 :])
