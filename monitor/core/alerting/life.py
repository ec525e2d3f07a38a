"""The life of an alert: what a look at its condition makes of it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.core.alerting.alerts import Acknowledgement, Alert, Stage
from monitor.core.budgets import Severity

# An alert that has no window and was less bad for so long has eased.
EASED = timedelta(hours=1)
# An alert that began this often in this time comes and goes: it ends only after a calm stretch.
FLAPS, FLAP_SPAN, CALM = 3, timedelta(hours=1), timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found: severity OK where the condition does not hold.

    It fires when the condition held at `needed` of the last `of` looks. `lingers` keeps a firing alert where the
    figure trembles on the edge. `news` is what whoever knows of the alert does not know yet.
    """

    alert: Alert
    lingers: bool = False
    needed: int = 1
    of: int = 1
    news: bool = False


def live(before: Alert | None, found: Finding, now: datetime) -> Alert | None:
    """Return the alert after a look, or None where there is none.

    | before       | the look                    | after                                          |
    |--------------|-----------------------------|------------------------------------------------|
    | none         | nothing                     | none                                           |
    | none         | holds, often enough         | firing                                         |
    | none         | holds, not often enough yet | pending                                        |
    | pending      | holds, often enough         | firing                                         |
    | pending      | not often enough            | pending, or none once no look of the last held |
    | firing       | holds                       | firing, with today's severity and figures      |
    | firing       | on the edge, or flapping    | firing                                         |
    | firing       | nothing                     | resolved                                       |
    | acknowledged | holds                       | acknowledged, or firing: worse, news, its end  |
    | acknowledged | nothing                     | resolved                                       |
    | resolved     | holds, often enough         | firing, as a new one                           |
    | resolved     | nothing, or not enough      | resolved                                       |
    """
    if before is None and found.alert.severity is Severity.OK:
        return None  # By far the most common, and it costs a copy of the alert to find out below.
    hits = (*(before.hits if before else ()), found.alert.severity is not Severity.OK)[-found.of :]
    found = replace(found, alert=replace(found.alert, hits=hits))
    if before is None or before.stage in (Stage.PENDING, Stage.RESOLVED):
        return _not_firing(before, found, now)
    return _firing(before, found, now)


def _not_firing(before: Alert | None, found: Finding, now: datetime) -> Alert | None:
    alert = found.alert
    if alert.severity and sum(alert.hits) >= found.needed:
        return _begun(before, alert, now)
    if before is not None and before.stage is Stage.RESOLVED:
        return replace(before, hits=alert.hits)
    if not any(alert.hits):
        return None
    shown = alert if alert.severity or before is None else before
    return replace(shown, stage=Stage.PENDING, hits=alert.hits, since=before.since if before else now)


def _begun(before: Alert | None, alert: Alert, now: datetime) -> Alert:
    lately = tuple(start for start in before.starts if now - start <= FLAP_SPAN) if before else ()
    return replace(
        alert,
        stage=Stage.FIRING,
        peak=alert.severity,
        since=now,
        starts=(*lately, now),
        began_at=alert.spend.spent if alert.spend else None,
    )


def _firing(before: Alert, found: Finding, now: datetime) -> Alert:
    alert = replace(
        found.alert,
        stage=before.stage,
        since=before.since,
        starts=before.starts,
        began_at=before.began_at,
        peak=max(before.peak, found.alert.severity),
        lower_since=_lower_since(before, found.alert, now),
        risen_at=now if found.news else _risen_at(before, found.alert, now),
    )
    if alert.severity is Severity.OK:
        calm_since = min(before.calm_since or now, now)
        if found.lingers:
            alert = replace(_as_before(alert, before), severity=Severity.WARNING)
        elif _flaps(before, now) and now - calm_since < CALM:
            alert = replace(_as_before(alert, before), severity=before.severity, calm_since=calm_since)
        else:
            return replace(alert, stage=Stage.RESOLVED, ended=now, acknowledged=None)
    known = before.acknowledged
    if known is None or known.ended is not None:
        return replace(alert, acknowledged=known)
    if not found.news and _holds(known, alert, now):
        return replace(alert, stage=Stage.ACKNOWLEDGED, acknowledged=known)
    return replace(alert, stage=Stage.FIRING, acknowledged=replace(known, ended=now))


def _lower_since(before: Alert, alert: Alert, now: datetime) -> datetime | None:
    if alert.severity > before.severity:
        return None
    return before.lower_since or (now if alert.severity < before.severity else None)


def _risen_at(before: Alert, alert: Alert, now: datetime) -> datetime | None:
    """Return when it last got worse after it had eased for long: that is news, although it was as bad before."""
    eased = before.lower_since is not None and now - before.lower_since >= EASED
    return now if alert.severity > before.severity and eased else before.risen_at


def _as_before(alert: Alert, before: Alert) -> Alert:
    """Return an alert that goes on although nothing was found, without the words of its end."""
    return replace(alert, summary=before.summary, advice=before.advice)


def _flaps(alert: Alert, now: datetime) -> bool:
    return sum(now - start <= FLAP_SPAN for start in alert.starts) >= FLAPS


def _holds(known: Acknowledgement, alert: Alert, now: datetime) -> bool:
    if alert.severity > known.severity or (known.until is not None and now >= known.until):
        return False
    if known.until_spent is None or alert.spend is None or alert.spend.spent is None:
        return True
    return alert.spend.spent.amount < known.until_spent.amount
