"""The limit that the provider itself reports, and its word that the limit is reached."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from monitor.core.alerting.alerts import Alert, Rule, SpendFacts
from monitor.core.alerting.life import Finding
from monitor.core.alerting.measured import Measured
from monitor.core.budgets import Severity
from monitor.core.money import percent
from monitor.core.plan import Plan
from monitor.core.spending.readings import Quota
from monitor.core.spending.source import SourceState
from monitor.core.telling.phrases import doubt_words
from monitor.core.windows import Period, Window

WHAT = "the provider's quota"


def quota(name: str, source: SourceState, plan: Plan, known: Mapping[str, Alert], now: datetime) -> Finding | None:
    """Return how the source's quota of this month stands, where it has one."""
    told = source.spend.quota_now(now)
    window = _month(told, plan, now)
    key = f"quota:{name}:{window.start:%Y-%m-%dT%H:%MZ}"
    if told is None and key not in known:
        return None
    told = told or Quota(None, None)
    measured = measured_quota(name, source, plan, now)
    ratio = measured.ratio if measured else Decimal(0)
    severity = Severity.EMERGENCY if told.reached else plan.thresholds.severity(ratio)
    if severity is Severity.OK and key not in known:
        return None
    if measured:
        facts = replace(measured.facts(severity, {name: source}, known.get(key), now), spent=told.used)
    else:
        facts = SpendFacts(told.used, told.limit, None, WHAT, source.spend.as_of, plan.thresholds)
    if told.reached:
        summary = f"{name}: the provider refuses further requests, its limit is reached"
    elif measured is None:
        summary = f"{name}: the provider tells of no limit any more"
    else:
        doubt = doubt_words(facts.guess, measured.spent.amount) if severity else ""
        summary = f"{name}: {percent(ratio)} of {WHAT}{doubt}"
    about = f"budget:{_about(name)}"
    alert = Alert(key, Rule.QUOTA, name, severity, summary, now, window, facts, about=about)
    return Finding(alert, lingers=measured is not None and not plan.thresholds.recovered(ratio))


def without_quota(name: str, known: Mapping[str, Alert]) -> Iterator[Finding]:
    """Yield the end of what was said of the speed at which a quota goes that is not told any more."""
    about = f"budget:{_about(name)}"
    for alert in known.values():
        if alert.about == about and alert.rule in (Rule.BURN_RATE, Rule.FORECAST) and alert.firing:
            summary = f"{name}: the provider tells of no limit any more"
            yield Finding(replace(alert, severity=Severity.OK, summary=summary, spend=None, advice=()))


def measured_quota(name: str, source: SourceState, plan: Plan, now: datetime) -> Measured | None:
    """Return the quota as a limit like any budget's, where the provider tells what was used of how much."""
    told = source.spend.quota_now(now)
    if told is None or told.used is None or not told.limit or not told.limit.amount:
        return None
    return Measured(
        about=_about(name),
        subject=name,
        what=WHAT,
        limit=told.limit,
        window=_month(told, plan, now),
        spent=told.used,
        ratio=told.used / told.limit,
        thresholds=plan.thresholds,
        trail=source.spend.trail,
        sources=(name,),
        grain=plan.sources[name].grain,
    )


def _month(told: Quota | None, plan: Plan, now: datetime) -> Window:
    """Return the month of a quota: one of which nobody says when it starts again is re-armed by a calendar month."""
    return Period.MONTH.window(now, UTC if told is not None and told.monthly else plan.zone)


def _about(name: str) -> str:
    return f"quota:{name}"
