"""What a source spent in each of many windows, and by what: for people to look at."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from monitor.core.costs import cost_inside, totals_of
from monitor.core.money import Money
from monitor.core.readings import WHOLE, Reading, Series
from monitor.core.source import SourceState
from monitor.core.spend import Spend
from monitor.core.windows import Window

Dimension = Literal["model", "project", "key"]


def costs(source: SourceState, windows: Sequence[Window], now: datetime) -> tuple[Money | None, ...]:
    """Return the cost in each window; None where nobody has looked, or nothing is known."""
    spend = source.spend
    last = source.health.last_success
    if not windows or last is None:
        return (None,) * len(windows)
    if spend.estimates:
        return tuple(spend.spent(window, now) if window.start < last else None for window in windows)
    whole = Window(min(window.start for window in windows), max(window.end for window in windows))
    totals = {span: cost for span, cost in totals_of(spend.readings, WHOLE).items() if span.overlap(whole)}
    known = [
        cost_inside(totals, window, now, spend.trail, WHOLE) if window.start < last else None for window in windows
    ]
    return tuple(None if cost is None else Money(cost, spend.currency) for cost in known)


def breakdown(spend: Spend, dimension: Dimension, window: Window, now: datetime) -> tuple[tuple[str, Money], ...]:
    """Return what each model, project or key cost in the window, the dearest first; what cost nothing is left out."""
    groups: dict[str, list[Reading]] = {}
    for reading in spend.readings:
        name = getattr(reading, dimension)
        if name is not None and reading.span.overlap(window):
            groups.setdefault(name, []).append(reading)
    found = []
    for name, readings in groups.items():
        cost = _cost_of(spend, Series(**{dimension: name}), readings, window, now)
        if cost is not None and cost.amount:
            found.append((name, cost))
    return tuple(sorted(found, key=lambda item: (-item[1].amount, item[0])))


def _cost_of(spend: Spend, series: Series, readings: Sequence[Reading], window: Window, now: datetime) -> Money | None:
    if spend.estimates:
        return spend.spent(window, now, series)
    cost = cost_inside(totals_of(readings, series), window, now, spend.trail_of(series), series)
    return None if cost is None else Money(cost, spend.currency)
