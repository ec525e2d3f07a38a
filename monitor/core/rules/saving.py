"""The state folder does not take what is written: alerting goes on from memory, and a restart would forget."""

from datetime import datetime

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.life import Finding
from monitor.core.budgets import Severity
from monitor.core.state import Saving


def saving(state: Saving, now: datetime) -> Finding:
    """Return whether the state folder fails."""
    failing = state.failing_since is not None
    summary = "state folder: cannot be written" if failing else "state folder: is written again"
    advice = (
        f"Cause: {state.error}",
        "Alerting goes on from memory. Make room or repair the disk before the next restart, which would forget.",
    )
    severity = Severity.WARNING if failing else Severity.OK
    return Finding(
        Alert("snapshot", Rule.SNAPSHOT, "state folder", severity, summary, now, advice=advice if failing else ())
    )
