"""The limit that the provider itself reports, and its word that the limit is reached."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from monitor.core.alerts import Alert, Rule, SpendFacts
from monitor.core.budgets import Severity, Thresholds
from monitor.core.money import percent
from monitor.core.plan import Plan
from monitor.core.state import SourceState
from monitor.core.windows import Period


def quota_alerts(name: str, source: SourceState, plan: Plan, now: datetime) -> Iterator[tuple[Alert, Thresholds]]:
    """Yield the alert on the source's quota of this month, where it has one."""
    quota = source.spend.quota
    if quota is None or not (quota.limit or quota.reached):
        return
    ratio = quota.used / quota.limit if quota.used is not None and quota.limit is not None else None
    severity = Severity.EMERGENCY if quota.reached else plan.thresholds.severity(ratio) if ratio else Severity.OK
    if quota.reached:
        summary = f"{name}: the provider refuses further requests, its limit is reached"
    else:
        summary = f"{name}: {percent(ratio or Decimal(0))} of the provider's quota"
    # No provider says when its quota starts again: with a calendar month it is re-armed at the latest.
    window = Period.MONTH.window(now, plan.zone)
    facts = SpendFacts(
        spent=quota.used,
        limit=quota.limit,
        ratio=ratio,
        what="the provider's quota",
        as_of=source.spend.as_of,
        thresholds=plan.thresholds,
        pace=source.spend.pace(now) if severity else None,
        models=tuple(source.spend.by_model(window, now).items())[:3] if severity else (),
    )
    key = f"quota:{name}:{window.start:%Y-%m-%dT%H:%MZ}"
    yield Alert(key, Rule.QUOTA, name, severity, summary, now, window, facts), plan.thresholds
