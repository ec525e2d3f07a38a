"""How much is left of a provider's rate limits: beyond them it refuses, whatever money is left."""

from collections.abc import Container
from datetime import datetime
from decimal import Decimal

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.life import Finding
from monitor.core.budgets import Severity
from monitor.core.money import percent
from monitor.core.spending.readings import RateLimit
from monitor.core.spending.source import SourceState
from monitor.core.tuning import Headroom

# Of fewer, our own poll alone takes more than a tenth.
LEAST_LIMIT = 10
RECOVERED_AT = Decimal("1.5")


def headroom(name: str, source: SourceState, tuning: Headroom, known: Container[str], now: datetime) -> Finding | None:
    """Return how the tightest of the source's rate limits stands, at 2 of 3 polls; nothing while polls fail."""
    key = f"{Rule.HEADROOM}:{name}"
    if source.health.fault is not None:
        return None
    judged = [limit for limit in source.rate_limits if limit.limit >= LEAST_LIMIT]
    tightest = min(judged, key=lambda limit: limit.left, default=None)
    left = tightest.left if tightest else Decimal(1)
    severity = _severity(left, tuning)
    if not severity and key not in known:
        return None
    alert = Alert(
        key=key,
        rule=Rule.HEADROOM,
        subject=name,
        severity=severity,
        summary=f"{name}: {_summary(tightest if severity else None)}",
        since=now,
        advice=_advice(tightest) if severity and tightest else (),
        about=key,
    )
    return Finding(alert, lingers=left <= tuning.warning * RECOVERED_AT, needed=2, of=3)


def _severity(left: Decimal, tuning: Headroom) -> Severity:
    if left > tuning.warning:
        return Severity.OK
    return Severity.WARNING if left > tuning.critical else Severity.CRITICAL


def _summary(tightest: RateLimit | None) -> str:
    if tightest is None:
        return "there is room again below the rate limits"
    return f"{percent(tightest.left)} of the rate limit for {tightest.name} is left"


def _advice(tightest: RateLimit) -> tuple[str, ...]:
    return (
        f"{tightest.remaining:,} of {tightest.limit:,} {tightest.name} are left before the provider refuses more.",
        "Slow the requests down, spread them out, or ask the provider for a higher limit.",
    )
