"""How much of a window the cost inside it tells of: what was before the watch is unknown, and not nothing."""

from datetime import datetime

from monitor.core.spending.readings import WHOLE
from monitor.core.spending.spend import Spend
from monitor.core.windows import DAY, FOREVER, Window

# So much of a window may lie before the first day or month that is told: those begin in the provider's zone.
EDGE = 0.05


def known_from(spend: Spend, window: Window, now: datetime) -> datetime | None:
    """Return when that begins of which the cost inside `window` tells, where the window began clearly before it.

    A counter without an end tells of the time since it is watched.
    """
    totals = (*spend.grouped.totals(WHOLE, estimated=False), *spend.grouped.totals(WHOLE, estimated=True))
    begins = [_begin(spend, span) for span in totals if span.start <= now and span.overlap(window)]
    first = min((begin for begin in begins if begin is not None), default=None)
    return first if first is not None and first - window.start > window.length * EDGE else None


def is_too_early(spend: Spend, window: Window, now: datetime) -> bool:
    """Tell whether so little of `window` is known that nobody can say where it leads: less than a day of it."""
    begin = known_from(spend, window, now)
    return begin is not None and now - begin < DAY


def _begin(spend: Spend, span: Window) -> datetime | None:
    if span != FOREVER:
        return span.start
    return spend.trail.marks[0][0] if spend.trail.marks else None
