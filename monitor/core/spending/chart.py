"""What a source spent in each of many windows: for people to look at."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from monitor.core.money import Money
from monitor.core.spending.costs import cost_inside
from monitor.core.spending.readings import WHOLE
from monitor.core.spending.source import SourceState
from monitor.core.spending.trail import Trail
from monitor.core.windows import Window


def costs(source: SourceState, windows: Sequence[Window], now: datetime) -> tuple[Money | None, ...]:
    """Return the cost in each window; None where nobody has looked, or nothing is known."""
    spend = source.spend
    last = source.health.last_success
    if not windows or last is None:
        return (None,) * len(windows)
    if spend.grouped.estimates:
        return tuple(spend.spent(window, now) if window.start < last else None for window in windows)
    whole = Window(min(window.start for window in windows), max(window.end for window in windows))
    told = spend.grouped.totals(WHOLE, estimated=False)
    totals = {span: cost for span, cost in told.items() if span.overlap(whole)}
    known = [
        cost_inside(totals, window, now, spend.trail, WHOLE) if window.start < last else None for window in windows
    ]
    return tuple(None if cost is None else Money(cost, spend.currency) for cost in known)


def grown(trail: Trail, windows: Sequence[Window], now: datetime) -> tuple[Decimal | None, ...]:
    """Return what was watched to be spent in each window that has begun; None where nobody watched all of it."""
    return tuple(
        trail.between(window.start, min(window.end, now))
        if trail.last_at is not None and trail.covers(window.start) and window.start < trail.last_at
        else None
        for window in windows
        if window.start < now
    )


def running(trail: Trail, spent: Money, windows: Sequence[Window], now: datetime) -> tuple[Decimal | None, ...]:
    """Return what had been spent by the end of each window that has begun, `spent` by now; None before the watch."""
    ends = [min(window.end, now) for window in windows if window.start < now]
    return tuple(max(spent.amount - trail.between(end, now), Decimal(0)) if trail.covers(end) else None for end in ends)
