"""All readings of one source, merged: how much in this window, how fast, as of when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from monitor.core.money import Money
from monitor.core.readings import WHOLE, Identity, Observation, Provenance, Quota, Reading, Series
from monitor.core.series import Part, account_growth, by_series, grown_parts
from monitor.core.trail import Trail, merged
from monitor.core.windows import FOREVER, Window, share

# The longest settled window that anything asks for is the month before this one.
KEPT = timedelta(days=70)
# Two months, or two days, may differ by this and still be of one kind.
LONGER = 1.2
# Long enough for a provider that books in batches, short enough that a loop is not averaged away.
PACE_OVER = timedelta(minutes=15)


class _Indexed:
    """A place for what is derived from the readings: found once, and no part of the value."""

    __slots__ = ("_index",)
    _index: Mapping[Identity, Reading]


@dataclass(frozen=True, slots=True)
class Spend(_Indexed):
    """The newest reading of each span, and the trail of how the sum grew, as a whole and part by part.

    Recording is idempotent and the last word wins: a re-stated day replaces its former figure and is never added.
    """

    currency: str
    readings: tuple[Reading, ...] = ()
    trail: Trail = field(default_factory=Trail)
    quota: Quota | None = None
    balance: Money | None = None
    as_of: datetime | None = None
    since: datetime | None = None
    provenance: Provenance = Provenance.BILLED
    parts: tuple[Part, ...] = ()

    def record(self, seen: Observation, now: datetime) -> "Spend":
        """Return this spend with what was seen at `now` merged in."""
        before = self.index
        readings = seen.readings or self._from_balance(seen.balance)
        known = {identity: reading for identity, reading in before.items() if reading.span.end > now - KEPT}
        known.update((reading.identity, reading) for reading in readings)
        groups = by_series(readings)
        step = account_growth(before, groups, self.trail.last_at)
        return replace(
            self,
            readings=tuple(known.values()),
            trail=self.trail.grown(step, now) if readings else self.trail,
            parts=grown_parts(self.parts, before, groups, self.trail.last_at, now),
            quota=seen.quota if seen.quota is not None else self.quota,
            balance=seen.balance if seen.balance is not None else self.balance,
            as_of=seen.as_of,
            since=self.since or now,
            provenance=seen.provenance,
        )

    @property
    def index(self) -> Mapping[Identity, Reading]:
        """Return the readings by what they are of."""
        try:
            return self._index
        except AttributeError:
            index = {reading.identity: reading for reading in self.readings}
            object.__setattr__(self, "_index", index)
            return index

    def spent(self, window: Window, now: datetime, series: Series = WHOLE) -> Money | None:
        """Return the cost inside `window` as far as it is known; None where nothing is known of it.

        Readings may overlap (a month and its days): they are grouped by length, and the group that covers most of the
        window answers, the finer of two equals. A span across the window's edge counts with what grew inside.
        """
        told = self.index.get((window, series))
        if told is not None:
            return told.cost
        totals = self._totals(series)
        if window in totals:
            return Money(totals[window], self.currency)
        horizon = Window(window.start, min(window.end, now)) if window.start < now < window.end else window
        best: tuple[timedelta, timedelta, Decimal] | None = None
        for length, spans in _by_length(totals).items():
            answers = [
                self._portion(span, totals[span], window, now, series) for span in spans if span.overlap(horizon)
            ]
            known = [answer for answer in answers if answer is not None]
            covered = sum((piece for piece, _ in known), timedelta())
            candidate = (covered, -length, sum((cost for _, cost in known), Decimal(0)))
            if known and (best is None or candidate[:2] > best[:2]):
                best = candidate
        return None if best is None else Money(best[2], self.currency)

    def trail_of(self, series: Series) -> Trail:
        """Return how one series grew: the whole account's own trail, a part's, or the sum of what it includes."""
        if series == WHOLE:
            return self.trail
        exact = [part.trail for part in self.parts if part.series == series]
        return exact[0] if exact else merged([part.trail for part in self.parts if series.includes(part.series)])

    def by_model(self, window: Window, now: datetime) -> Mapping[str, Money]:
        """Return the cost of each model inside `window`, dearest first."""
        models = {reading.model for reading in self.readings if reading.model and reading.span.overlap(window)}
        costs = {model: self.spent(window, now, Series(model=model)) for model in models}
        known = {model: cost for model, cost in costs.items() if cost is not None and cost.amount}
        return dict(sorted(known.items(), key=lambda item: (-item[1].amount, item[0])))

    def pace(self, now: datetime, over: timedelta = PACE_OVER) -> Money | None:
        """Return the growth per hour over the last `over`, or as much of it as was watched (a minute at least)."""
        per_hour = self.trail.pace(now, over)
        return None if per_hour is None else Money(per_hour, self.currency)

    def _from_balance(self, balance: Money | None) -> tuple[Reading, ...]:
        """Return the lifetime cost of an account that tells only what is left: what its balance fell by.

        A rise is a top-up. What was spent between a top-up and the look before it cannot be told apart.
        """
        if balance is None or balance.currency != self.currency:
            return ()
        former = self.index.get((FOREVER, WHOLE))
        spent = former.cost if former is not None else Money.zero(self.currency)
        if former is not None and self.balance is not None and balance.amount < self.balance.amount:
            spent += self.balance - balance
        return (Reading(FOREVER, spent),)

    def _totals(self, series: Series) -> dict[Window, Decimal]:
        """Return the cost of each span for `series`: the provider's own total, else the sum of its parts."""
        whole: dict[Window, Decimal] = {}
        parts: dict[tuple[bool, ...], dict[Window, Decimal]] = {}
        for reading in self.readings:
            if reading.series == series:
                whole[reading.span] = reading.cost.amount
            elif series.includes(reading.series):
                costs = parts.setdefault(reading.series.dimensions, {})
                costs[reading.span] = costs.get(reading.span, Decimal(0)) + reading.cost.amount
        totals: dict[Window, Decimal] = {}
        for costs in parts.values():  # By model and by key are two views of the same money: the fuller one counts.
            totals.update((span, max(cost, totals.get(span, cost))) for span, cost in costs.items())
        return {**totals, **whole}

    def _portion(
        self, span: Window, cost: Decimal, window: Window, now: datetime, series: Series
    ) -> tuple[timedelta, Decimal] | None:
        """Return how much of `window` the span covers, and what of its cost falls inside."""
        elapsed = Window(span.start, min(span.end, now)) if span.start < now < span.end else span
        inside = elapsed.overlap(window)
        if inside is None:
            return timedelta(), Decimal(0)
        if window.encloses(elapsed):
            return inside.length, cost
        trail = self.trail_of(series)
        grown = trail.between(inside.start, inside.end)
        if span == FOREVER:  # Not bounded by its own figure: a counter that was reset has counted more than it shows.
            return (inside.length, grown) if trail.last_at else None
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
