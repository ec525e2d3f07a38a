"""What is old is kept by the month: a budget over all time must not forget, and nobody asks for its days any more."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.core.spending.readings import Identity, Reading
from monitor.core.windows import Period, Window

# Spans from this on are kept as they are: there are few of them.
A_MONTH = timedelta(days=28)


def folded(readings: Iterable[Reading], before: datetime) -> dict[Identity, Reading]:
    """Return the readings with those of whole months (UTC) that ended by `before` made one for each month and series.

    A month of which the provider itself told the whole is not added up again.
    """
    kept: dict[Identity, Reading] = {}
    old: dict[Identity, list[Reading]] = {}
    for reading in readings:
        month = Period.MONTH.window(reading.span.start, UTC) if reading.span.end <= before else None
        if month is None or reading.span.length >= A_MONTH or month.end > before:
            kept[reading.identity] = reading
        else:
            old.setdefault((month, reading.series, reading.estimated), []).append(reading)
    for identity, parts in old.items():
        if identity not in kept:
            kept[identity] = _sum(identity[0], parts)
    return kept


def _sum(month: Window, parts: list[Reading]) -> Reading:
    """Return one reading of the finest spans that cover most: days and their hours are the same money."""
    days = [part for part in parts if part.span.length > timedelta(hours=2)]
    first, *others = days or parts
    cost = first.cost
    for part in others:
        cost += part.cost
    tokens = [part.tokens for part in (first, *others) if part.tokens is not None]
    requests = [part.requests for part in (first, *others) if part.requests is not None]
    return replace(
        first,
        span=month,
        cost=cost,
        tokens=sum(tokens) if tokens else None,
        requests=sum(requests) if requests else None,
    )
