"""What fires, as Alertmanager's v2 API takes it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from monitor.core.alerting.alerts import Alert
from monitor.core.alerting.muting import Silence, audible
from monitor.core.alerting.notifications import Notification, Reason
from monitor.core.telling.alert_lines import all_lines

# With a capital, as no channel of the settings has one.
CHANNEL = "Alertmanager"
LONGEST_DESCRIPTION = 2_000

Labels = tuple[tuple[str, str], ...]
Posted = Mapping[Labels, Alert]


def to_post(
    alerts: Mapping[str, Alert], silences: Iterable[Silence], posted: Posted, now: datetime
) -> dict[Labels, Alert]:
    """Return what fires by its labels, without what another alert explains, or a silence hid from the beginning.

    What was posted stays while it fires: a silence that begins later would look like its end.
    """
    spoken_of = audible(alerts, (), now)
    heard = audible(alerts, tuple(silences), now)
    found = {}
    for key, alert in spoken_of.items():
        labels = labels_of(alert)
        if alert.firing and (key in heard or labels in posted):
            found[labels] = alert
    return found


def labels_of(alert: Alert) -> Labels:
    """Return what an alert is known by there: a severity that rises is another alert, as is usual in rules."""
    name = "".join(part.title() for part in alert.rule.value.split("_"))
    labels = {
        "alertname": f"SpendMonitor{name}",
        "key": alert.key,
        "rule": alert.rule.value,
        "severity": alert.severity.name.lower(),
        "subject": alert.subject,
    }
    return tuple((name, text) for name, text in labels.items() if text)


def alert_body(
    labels: Labels, alert: Alert, *, ends: datetime, zone: tzinfo, now: datetime, link: str | None
) -> dict[str, Any]:
    """Return one alert that holds until `ends`, where nothing new is heard of it.

    Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
    """
    lines = "\n".join(all_lines(Notification(CHANNEL, alert, Reason.FIRST), zone, now))
    body = {
        "labels": dict(labels),
        "annotations": {"summary": alert.summary, "description": lines[:LONGEST_DESCRIPTION], "alert": alert.id},
        "startsAt": _time(min(alert.since, now)),
        "endsAt": _time(max(ends, alert.since + timedelta(milliseconds=1))),
    }
    return {**body, "generatorURL": link} if link else body


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
