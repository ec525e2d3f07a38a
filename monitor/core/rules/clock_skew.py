"""This machine's clock against a provider's: windows, paces and bills all hang on it."""

from collections.abc import Container
from datetime import datetime, timedelta

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.life import Finding
from monitor.core.budgets import Severity
from monitor.core.spending.source import SourceState
from monitor.core.tuning import ClockSkew
from monitor.core.windows import span_words


def clock_skew(
    name: str, source: SourceState, tuning: ClockSkew, known: Container[str], now: datetime
) -> Finding | None:
    """Return whether the clocks differ beyond the tolerance, at 2 of 3 polls; nothing while polls fail."""
    key = f"{Rule.CLOCK_SKEW}:{name}"
    if source.health.fault is not None:
        return None
    skew = source.clock_skew or timedelta()
    wrong = abs(skew) > tuning.tolerance
    if not wrong and key not in known:
        return None
    if wrong:
        summary = f"{name}: {skew_words(skew)}"
    else:
        summary = f"{name}: this machine's clock agrees with the provider's again"
    advice = (
        "Days and months begin at the wrong moment, and figures are taken for older or newer than they are.",
        "Let the clock be set by NTP: `timedatectl set-ntp true`, or chrony. In a container, mend its host.",
    )
    severity = Severity.WARNING if wrong else Severity.OK
    alert = Alert(
        key, Rule.CLOCK_SKEW, name, severity, summary, now, advice=advice if wrong else (), about=f"clock:{name}"
    )
    return Finding(alert, needed=2, of=3)


def skew_words(skew: timedelta) -> str:
    side = "ahead of" if skew > timedelta() else "behind"
    return f"this machine's clock is {span_words(abs(skew))} {side} the provider's"
