"""How long a prepaid balance lasts: what is left, at the pace of the last day or of the last week."""

from collections.abc import Container
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.life import Finding
from monitor.core.budgets import Severity
from monitor.core.money import Money
from monitor.core.spending.spend import Spend
from monitor.core.tuning import Runway
from monitor.core.windows import DAY, HOUR, WEEK, span_words

# A balance has recovered where it lasts for so many times longer than a warning asks for.
RECOVERED_AT = 1.1
# Nobody plans further ahead, and dates end somewhere.
LONGEST = timedelta(days=10_000)


def runway(
    name: str, spend: Spend, tuning: Runway, known: Container[str], zone: tzinfo, now: datetime
) -> Finding | None:
    """Return whether the balance is used up soon; a top-up ends it.

    An empty balance beside a limit that has room is no balance that is paid from: such an account has a plan.
    """
    balance, key = spend.balance, f"{Rule.RUNWAY}:{name}"
    if balance is None:
        return None
    empty = balance.amount <= 0 and not _has_plan(spend)
    left = timedelta() if empty else lasts_for(balance, spend, now)
    severity = Severity.EMERGENCY if empty else _severity(left, tuning)
    if not empty and not spend.trail.covers(now - DAY):
        severity = min(severity, Severity.WARNING)  # Some hours of a working day are no pace of a day.
    if not severity and key not in known:
        return None
    alert = Alert(
        key=key,
        rule=Rule.RUNWAY,
        subject=name,
        severity=severity,
        summary=f"{name}: {_summary(balance, left, severity, empty=empty)}",
        since=now,
        advice=_advice(balance, spend, left, zone, now) if severity and not empty else (),
        about=f"balance:{name}",
    )
    lingers = left is not None and left < tuning.warning * RECOVERED_AT
    return Finding(alert, lingers=lingers, needed=2, of=3)  # One answer without a balance is no empty purse.


def _has_plan(spend: Spend) -> bool:
    return spend.quota is not None and spend.quota.limit is not None and not spend.quota.reached


def lasts_for(balance: Money, spend: Spend, now: datetime) -> timedelta | None:
    """Return how long the balance lasts; None where nothing is spent, or where that was watched for too short."""
    per_hour = _pace(spend, now)
    if not per_hour or not spend.trail.covers(now - HOUR) or balance.currency != spend.currency:
        return None
    hours = max(balance.amount, Decimal(0)) / per_hour
    return HOUR * float(hours) if hours < LONGEST // HOUR else LONGEST


def _pace(spend: Spend, now: datetime) -> Decimal:
    """Return the faster of two paces an hour: a weekend must not hide what Monday costs, nor a week what today does."""
    return max(spend.trail.pace(now, over) or Decimal(0) for over in (DAY, WEEK))


def _severity(left: timedelta | None, tuning: Runway) -> Severity:
    if left is None or left > tuning.warning:
        return Severity.OK
    if left > tuning.critical:
        return Severity.WARNING
    return Severity.CRITICAL if left > tuning.emergency else Severity.EMERGENCY


def _summary(balance: Money, left: timedelta | None, severity: Severity, *, empty: bool) -> str:
    if empty:
        return f"the balance is used up ({balance})"
    if severity and left is not None:
        return f"the balance of {balance} lasts for {span_words(left)} at this pace"
    return f"the balance of {balance} lasts again"


def _advice(balance: Money, spend: Spend, left: timedelta | None, zone: tzinfo, now: datetime) -> tuple[str, ...]:
    a_day = Money(_pace(spend, now) * 24, balance.currency)
    end = (now + (left or timedelta())).astimezone(zone)
    return (
        f"Pace: {a_day} a day, the faster of the last day and the last week.",
        f"It is used up on {end:%a %d %b, %H:%M %Z}. Top it up before, or slow down what spends it.",
    )
