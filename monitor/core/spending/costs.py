"""What readings say of a window: their spans may overlap, end outside of it, or cover only a part."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from monitor.core.spending.readings import WHOLE, Reading, Series
from monitor.core.spending.trail import Trail
from monitor.core.windows import FOREVER, Window, share

# Two months, or two days, may differ by this and still be of one kind.
LONGER = 1.2


def totals_of(groups: Mapping[Series, Sequence[Reading]], series: Series) -> dict[Window, Decimal]:
    """Return the cost of each span for `series`: the provider's own total, else the sum of its parts."""
    whole = {reading.span: reading.cost.amount for reading in groups.get(series, ())}
    parts: dict[tuple[bool, ...], dict[Window, Decimal]] = {}
    for part, readings in groups.items():
        if part != series and series.includes(part):
            costs = parts.setdefault(part.dimensions, {})
            for reading in readings:
                costs[reading.span] = costs.get(reading.span, Decimal(0)) + reading.cost.amount
    totals: dict[Window, Decimal] = {}
    for costs in parts.values():  # By model and by key are two views of the same money: the fuller one counts.
        totals.update((span, max(cost, totals.get(span, cost))) for span, cost in costs.items())
    return {**totals, **whole}


def cost_inside(
    totals: Mapping[Window, Decimal], window: Window, now: datetime, trail: Trail, series: Series
) -> Decimal | None:
    """Return the cost inside `window` as far as it is known; None where nothing is known of it.

    Readings may overlap (a month and its days): they are grouped by length, and the group that covers most of the
    window answers, the finer of two equals. Of the others only spans count that touch none of those: the hours of the
    last days beside the days before. A span across the window's edge counts with what its trail grew inside.
    """
    if window in totals:
        return totals[window]
    horizon = Window(window.start, min(window.end, now)) if window.start < now < window.end else window
    answers: list[tuple[timedelta, timedelta, Sequence[tuple[Window, Decimal]]]] = []
    for length, spans in _by_length(totals).items():
        portions = ((s, _portion(s, totals[s], window, now, trail, series)) for s in spans if s.overlap(horizon))
        known = [(span, portion) for span, portion in portions if portion is not None]
        if known:
            covered = sum((covers for _, (covers, _) in known), timedelta())
            answers.append((covered, -length, [(span, cost) for span, (_, cost) in known]))
    cost: Decimal | None = None
    taken: Sequence[Window] = ()
    for _, _, spans_of in sorted(answers, key=lambda answer: answer[:2], reverse=True):
        free = [(span, part) for span, part in spans_of if not any(span.overlap(block) for block in taken)]
        cost = sum((part for _, part in free), cost or Decimal(0))
        taken = _blocks([*taken, *(span for span, _ in free)])
    return cost


def _portion(
    span: Window, cost: Decimal, window: Window, now: datetime, trail: Trail, series: Series
) -> tuple[timedelta, Decimal] | None:
    """Return how much of `window` the span covers, and what of its cost falls inside."""
    elapsed = Window(span.start, min(span.end, now)) if span.start < now < span.end else span
    inside = elapsed.overlap(window)
    if inside is None:
        return timedelta(), Decimal(0)
    if window.encloses(elapsed):
        return inside.length, cost
    grown = trail.between(inside.start, inside.end)
    if span == FOREVER:  # Not bounded by its own figure: a counter that was reset has counted more than it shows.
        return (inside.length, grown) if trail.last_at else None
    if trail.covers(elapsed.start):  # The trail is the shape of it: a bill that came late has not grown on the trail.
        whole = trail.between(elapsed.start, elapsed.end)
        part = grown / whole if whole else share(inside.length, elapsed.length)
        return inside.length, cost * part
    if trail.covers(inside.start):
        return inside.length, min(grown, cost)
    if span.length > window.length * LONGER or series != WHOLE:
        return None  # A month's cost says nothing of one of its days that nobody watched.
    return inside.length, cost * share(inside.length, elapsed.length)


def _by_length(spans: Iterable[Window]) -> dict[timedelta, list[Window]]:
    """Group spans that do not overlap: by whole days, so that months and summer-time days stay together."""
    groups: dict[timedelta, list[Window]] = {}
    for span in spans:
        days = round(span.length / timedelta(days=1))
        length = timedelta(days=30) if 28 <= days <= 31 else timedelta(days=days) if days else span.length
        groups.setdefault(length, []).append(span)
    return groups


def _blocks(spans: Sequence[Window]) -> Sequence[Window]:
    """Return the time that the spans take up: what touches is one."""
    blocks: list[Window] = []
    for span in sorted(spans):
        if blocks and span.start <= blocks[-1].end:
            if span.end > blocks[-1].end:
                blocks[-1] = Window(blocks[-1].start, span.end)
        else:
            blocks.append(span)
    return blocks
