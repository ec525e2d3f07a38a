"""A budget's spend against its thresholds."""

from collections.abc import Mapping
from datetime import datetime

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.life import Finding
from monitor.core.alerting.measured import Measured
from monitor.core.budgets import Severity
from monitor.core.money import percent
from monitor.core.spending.source import SourceState
from monitor.core.telling.phrases import doubt_words


def threshold(
    measured: Measured, sources: Mapping[str, SourceState], known: Mapping[str, Alert], now: datetime
) -> Finding | None:
    """Return how the budget stands. At a threshold counts as over it; clearly below the lowest is over."""
    severity = measured.thresholds.severity(measured.ratio)
    key = measured.key(Rule.THRESHOLD)
    if severity is Severity.OK and key not in known:
        return None
    facts = measured.facts(severity, sources, known.get(key), now)
    doubt = doubt_words(facts.guess, measured.spent.amount) if severity else ""
    alert = Alert(
        key=key,
        rule=Rule.THRESHOLD,
        subject=measured.subject,
        severity=severity,
        summary=f"{measured.subject}: {percent(measured.ratio)} of {measured.what}{doubt}",
        since=now,
        window=measured.window,
        spend=facts,
        advice=(facts.saving,) if severity and facts.models and facts.saving else (),
        about=f"budget:{measured.about}",
    )
    return Finding(alert, lingers=not measured.thresholds.recovered(measured.ratio))
