"""A model, project or key that never spent before: a leaked key, a wrong default, a colleague's new idea."""

from bisect import bisect_right
from collections.abc import Container, Iterator
from datetime import datetime, tzinfo
from decimal import Decimal
from operator import itemgetter

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.life import Finding
from monitor.core.budgets import Severity
from monitor.core.money import Money
from monitor.core.spending.series import Part
from monitor.core.spending.spend import Spend
from monitor.core.telling.phrases import clock
from monitor.core.tuning import FirstSeen
from monitor.core.windows import DAY, Window


def first_seen(
    name: str, spend: Spend, tuning: FirstSeen, known: Container[str], zone: tzinfo, now: datetime
) -> Iterator[Finding]:
    """Yield each part of the account that has spent the floor for the first time, for a day from then.

    What shows up in the first day of a watch was there before.
    """
    for part in spend.parts:
        if spend.since is None or part.since - spend.since < DAY:
            continue  # It was there when the watch began.
        passed = _passed(part, spend, tuning.floor, now)
        key = f"{Rule.FIRST_SEEN}:{name}:{'/'.join(label or '' for label in part.series)}"
        if passed is not None:
            yield Finding(_alert(name, key, Severity.WARNING, part, spend, passed, zone))
        elif key in known:
            yield Finding(_alert(name, key, Severity.OK, part, spend, now - DAY, zone))


def _passed(part: Part, spend: Spend, floor: Decimal, now: datetime) -> datetime | None:
    """Return when the part passed the floor, if it is new and that was within a day."""
    marks = part.trail.marks
    today = bisect_right(marks, now - DAY, key=itemgetter(0))
    if part.trail.last_level < floor or (today and marks[today - 1][1] >= floor) or not _is_new(part, spend):
        return None
    return next(when for when, level in marks[today:] if level >= floor)


def _is_new(part: Part, spend: Spend) -> bool:
    """Tell whether the part began, and not only the telling of such parts, or of this one among too many."""
    if any(
        reading.series == part.series and reading.span.end <= part.since and reading.cost.amount > 0
        for reading in spend.readings
    ):
        return False
    alike = (other.since for other in spend.parts if other.series.dimensions == part.series.dimensions)
    if part.since - min(alike) >= DAY:
        return True
    # The first of its kind: it is news on an account that had spent nothing at all.
    return spend.trail.level(part.trail.marks[0][0]) == 0


def _alert(name: str, key: str, severity: Severity, part: Part, spend: Spend, passed: datetime, zone: tzinfo) -> Alert:
    spent = Money(part.trail.last_level, spend.currency)
    advice = (
        f"It was first seen {clock(part.since, zone)}; in the time before it cost nothing.",
        "If nobody knows of it, revoke the key that uses it. If it is wanted, there is nothing to do.",
    )
    return Alert(
        key=key,
        rule=Rule.FIRST_SEEN,
        subject=name,
        severity=severity,
        summary=f"{name}: {spend.names.shown(part.series)} spends for the first time, {spent} so far",
        since=passed,
        window=Window(passed, passed + DAY),
        advice=advice if severity else (),
        about=key,
    )
