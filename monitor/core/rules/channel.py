"""A channel that takes no messages: the others hear of it, as nobody else would."""

from collections.abc import Container
from datetime import datetime

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.life import Finding
from monitor.core.budgets import Severity
from monitor.core.channels import ChannelState
from monitor.core.tuning import ChannelFailing
from monitor.core.windows import span_words


def channel(state: ChannelState, tuning: ChannelFailing, known: Container[str], now: datetime) -> Finding | None:
    """Return whether the channel fails: at once where a person must act, else when it has failed for long enough."""
    key = f"{Rule.CHANNEL}:{state.name}"
    severity = _severity(state, tuning, now)
    if not severity and key not in known:
        return None
    if state.permanent:
        summary = f"channel {state.name}: fails, and will until somebody mends it"
    elif severity and state.failing_since:
        summary = f"channel {state.name}: has failed for {span_words(abs(now - state.failing_since))}"
    else:
        summary = f"channel {state.name}: delivers again"
    advice = (
        f"Cause: {state.error or 'no reason is known'}",
        "Whoever hears of alerts there only hears nothing now. What is due there waits, and is said when it works.",
        f"Mend its address in the settings, then run `spend-monitor test-notify --channel {state.name}`.",
    )
    alert = Alert(key, Rule.CHANNEL, state.name, severity, summary, now, advice=advice if severity else (), about=key)
    return Finding(alert)


def _severity(state: ChannelState, tuning: ChannelFailing, now: datetime) -> Severity:
    if state.failing_since is None:
        return Severity.OK
    if state.permanent:
        return Severity.CRITICAL
    # Either way: a clock that was set back must not put it off.
    return Severity.WARNING if abs(now - state.failing_since) >= tuning.after else Severity.OK
