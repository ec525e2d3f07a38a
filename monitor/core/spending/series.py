"""How an account's figures grew between two looks: as a whole, and each model, project and key of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from monitor.core.spending.readings import WHOLE, Identity, Reading, Series
from monitor.core.spending.trail import COARSE, Trail
from monitor.core.windows import FOREVER

# Enough for any account that a person can look over; those that grow now stay, then the dearest.
MOST_PARTS = 40


@dataclass(frozen=True, slots=True)
class Part:
    """One model, project or key of an account, first seen at `since`, and how it grew."""

    series: Series
    since: datetime
    trail: Trail = field(default_factory=Trail)


def by_series(readings: Iterable[Reading]) -> dict[Series, list[Reading]]:
    groups: dict[Series, list[Reading]] = {}
    for reading in readings:
        groups.setdefault(reading.series, []).append(reading)
    return groups


def growth(before: Mapping[Identity, Reading], seen: Sequence[Reading], last_at: datetime | None) -> Decimal:
    """Return by how much the finest spans of one series grew since `last_at`.

    A span that had ended by then is history that was re-stated, not money that is being spent now; but minutes and
    hours are told a little late, and count as long as they are fresh.
    """
    if not seen:
        return Decimal(0)
    longest = min(reading.span.length for reading in seen) * 1.5
    grown = Decimal(0)
    for reading in seen:
        if reading.span.length > longest:
            continue
        if last_at is not None and reading.span.end + lateness(reading.span.length) <= last_at:
            continue
        former = before.get(reading.identity)
        grown += reading.cost.amount
        # A lifetime counter that fell by far was reset, and counts from zero again; a little is a correction.
        was_reset = reading.span == FOREVER and former is not None and reading.cost.amount < former.cost.amount / 2
        if former is not None and not was_reset:
            grown -= former.cost.amount
    return grown


def lateness(span: timedelta) -> timedelta:
    """Return for how long after its end the cost of a span still grows; what a day gets then is a correction."""
    return max(2 * span, timedelta(minutes=15)) if span <= timedelta(hours=1) else timedelta(0)


def account_growth(
    before: Mapping[Identity, Reading], seen: Mapping[Series, Sequence[Reading]], last_at: datetime | None
) -> Decimal:
    """Return by how much the account grew: by its own totals, else by the breakdown that grew most."""
    if WHOLE in seen:
        return growth(before, seen[WHOLE], last_at)
    grown: dict[tuple[bool, ...], Decimal] = {}
    for series, readings in seen.items():
        so_far = grown.get(series.dimensions, Decimal(0))
        grown[series.dimensions] = so_far + growth(before, readings, last_at)
    return max(grown.values(), default=Decimal(0))


def grown_parts(
    parts: tuple[Part, ...],
    before: Mapping[Identity, Reading],
    seen: Mapping[Series, Sequence[Reading]],
    unreal: Mapping[Series, Sequence[Reading]],
    looked_at: datetime | None,
    now: datetime,
) -> tuple[Part, ...]:
    """Return the parts after a look at `now`; what the look before, at `looked_at`, did not see began between them.

    `unreal` is what was seen of spans that have not begun, while the clock was wrong: it is taken back.
    """
    known = {part.series: part for part in parts}
    for series, readings in seen.items():
        if series == WHOLE:
            continue
        part = known.get(series)
        if part is None:
            part = Part(series, now, Trail.of([(looked_at, Decimal(0))]) if looked_at and looked_at < now else Trail())
        part_at = part.trail.last_at and min(part.trail.last_at, now)
        step = growth(before, readings, part_at) - growth({}, unreal.get(series, ()), None)
        known[series] = Part(series, part.since, part.trail.grown(step, now, grain=COARSE))
    if len(known) <= MOST_PARTS:
        return tuple(known.values())
    return tuple(sorted(known.values(), key=lambda part: _liveliness(part, now), reverse=True)[:MOST_PARTS])


def _liveliness(part: Part, now: datetime) -> tuple[Decimal, Decimal]:
    """Return what a part is kept by: a key that leaks now matters more than one that was dear once."""
    return (part.trail.between(now - timedelta(hours=1), now), part.trail.last_level)
