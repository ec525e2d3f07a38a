"""An hour that costs many times what this hour usually costs, and which models, projects or keys it is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from monitor.core.alerting.alerts import Alert, Culprit, Rule, SpendFacts
from monitor.core.alerting.life import Finding
from monitor.core.budgets import Severity, Thresholds
from monitor.core.money import Money
from monitor.core.plan import Watched
from monitor.core.rules.cause import LEAST_SHARE, Cause, causes, culprits_after, first_culprits, without_views
from monitor.core.rules.rise import Rise, risen_parts, rises
from monitor.core.rules.spike_words import advice_of, summary_of
from monitor.core.rules.usual import FEWEST_DAYS, usual
from monitor.core.spending.readings import WHOLE
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.tuning import Spike
from monitor.core.windows import DAY, HOUR, Window, span_words

# A spike that falls just short is still one.
LINGERS_AT = Decimal("0.8")


def spike(
    watched: Watched, source: SourceState, tuning: Spike, known: Mapping[str, Alert], zone: tzinfo, now: datetime
) -> Finding | None:
    """Return whether the account, or any part of it, spends many times its usual; a part that joins is news."""
    key, spend, span = f"{Rule.SPIKE}:{watched.name}", source.spend, span_of(watched)
    # A quiet account is looked at no closer: no part of it can have risen by the floor.
    busy = spend.trail.between(now - span, now) >= tuning.floor
    risen = sorted(rises(spend, span, tuning, zone, now), key=_foremost) if busy else []
    worst = max((rise.severity for rise in risen), default=Severity.OK)
    before = known.get(key)
    if not worst:
        return None if before is None else _calm(watched, before, risen, spend, now)
    [told] = causes([next(rise for rise in risen if rise.severity is worst)], span, now)
    least = max(rise.above for rise in risen) * LEAST_SHARE
    parts = causes(risen_parts(spend, least, span, tuning, zone, now), span, now)
    as_bad = [cause for cause in parts if cause.rise.severity is worst]
    culprits = _culprits(before, [told, *as_bad] if told.is_whole else as_bad, risen, span, now)
    if before is not None and worst > before.severity:
        culprits = tuple(replace(culprit, told=culprit.told or now) for culprit in culprits)
    named = without_views(parts, span)
    joined = _joined(before, culprits, named, told)
    summary = summary_of(watched.name, told, joined, spend, span)
    advice = tuple(advice_of(told, named, joined, spend, Window(now - span, now), zone))
    alert = replace(_alert(watched, key, worst, summary, spend, now), advice=advice, culprits=culprits)
    news = before is not None and before.firing and any(one.told == now for one in culprits)
    return Finding(alert, news=news, needed=2, of=2)


def _calm(watched: Watched, before: Alert, risen: Sequence[Rise], spend: Spend, now: datetime) -> Finding:
    summary = f"{watched.name}: spending is back to what is usual"
    lingers = any(rise.grown >= rise.least * LINGERS_AT for rise in risen)
    alert = replace(_alert(watched, before.key, Severity.OK, summary, spend, now), culprits=before.culprits)
    return Finding(alert, lingers=lingers, needed=2, of=2)


def _culprits(
    before: Alert | None, as_bad: Sequence[Cause], risen: Sequence[Rise], span: timedelta, now: datetime
) -> tuple[Culprit, ...]:
    if before is None or not before.firing:
        return first_culprits(as_bad, now)
    if not before.culprits:  # Saved by a release that did not note them.
        return first_culprits(as_bad, before.since)
    still = {str(rise.series) for rise in risen if rise.severity}
    return culprits_after(before.culprits, as_bad, still, span, now)


def _joined(
    before: Alert | None, culprits: Sequence[Culprit], named: Sequence[Cause], told: Cause
) -> tuple[Cause, ...]:
    """Return the causes that were told last of an alert that had begun before."""
    if before is None or not before.firing:
        return ()
    last = max((culprit.told for culprit in culprits if culprit.told), default=before.since)
    new = {one.name for one in culprits if one.told == last > before.since}
    return tuple(cause for cause in named if cause.name != told.name and not new.isdisjoint(cause.names))


def learning(watched: Watched, source: SourceState, zone: tzinfo, now: datetime) -> str | None:
    """Return in words that no spike can be seen yet, as history is too short; None once it is long enough."""
    trail = source.spend.trail
    if usual(trail, span_of(watched), zone, now) is not None:
        return None
    seen = span_words(now - trail.marks[0][0]) if trail.marks else "nothing"
    return f"still learning, with {seen} watched; it takes {FEWEST_DAYS} days like today to know what is usual"


def span_of(watched: Watched) -> timedelta:
    """Return the time that is compared: an hour, or a day where figures move no finer."""
    return DAY if watched.grain > HOUR else HOUR


def _foremost(rise: Rise) -> tuple[bool, Decimal, str]:
    """Order with the whole account first, then by what rose most."""
    return (rise.series != WHOLE, -rise.above, str(rise.series))


def _alert(watched: Watched, key: str, severity: Severity, summary: str, spend: Spend, now: datetime) -> Alert:
    spent = Money(spend.trail.last_level, spend.currency)
    facts = SpendFacts(spent, None, None, "the account", None, Thresholds(), spend.pace(now))
    about = f"spend:{watched.name}"
    return Alert(key, Rule.SPIKE, watched.name, severity, summary, now, spend=facts, about=about)
