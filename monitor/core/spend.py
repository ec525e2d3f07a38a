"""All readings of one source, merged: how much in this window, how fast, as of when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from monitor.core.budgets import EVERYTHING, Scope
from monitor.core.money import Money
from monitor.core.readings import Observation, Provenance, Quota, Reading
from monitor.core.trail import Trail
from monitor.core.windows import FOREVER, Window, share

# The longest settled window that anything asks for is the month before this one.
KEPT = timedelta(days=70)
# Two months, or two days, may differ by this and still be of one kind.
LONGER = 1.2
# Long enough for a provider that books in batches, short enough that a loop is not averaged away.
PACE_OVER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Spend:
    """The newest reading of each span, and the trail of how the sum grew.

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

    def record(self, seen: Observation, now: datetime) -> "Spend":
        """Return this spend with what was seen at `now` merged in."""
        known = {_identity(reading): reading for reading in self.readings if reading.span.end > now - KEPT}
        before = dict(known)
        if seen.complete:
            known = {identity: reading for identity, reading in known.items() if reading.span not in seen.complete}
        known.update((_identity(reading), reading) for reading in seen.readings)
        return replace(
            self,
            readings=tuple(known.values()),
            trail=self.trail.grown(_growth(before, seen.readings, self.trail.last_at), now)
            if seen.readings
            else self.trail,
            quota=seen.quota if seen.quota is not None else self.quota,
            balance=seen.balance if seen.balance is not None else self.balance,
            as_of=seen.as_of,
            since=self.since or now,
            provenance=seen.provenance,
        )

    def spent(self, window: Window, now: datetime, scope: Scope = EVERYTHING) -> Money | None:
        """Return the cost inside `window` as far as it is known; None where nothing is known of it.

        Readings may overlap (a month and its days): they are grouped by length, and the group that covers most of the
        window answers, the finer of two equals. A span across the window's edge counts with what grew inside.
        """
        exact = self._told(window, scope)
        if exact is not None:
            return exact
        totals = self._totals(scope)
        if window in totals:
            return Money(totals[window], self.currency)
        horizon = Window(window.start, min(window.end, now)) if window.start < now < window.end else window
        best: tuple[timedelta, timedelta, Decimal] | None = None
        for length, spans in _by_length(totals).items():
            answers = [self._portion(span, totals[span], window, now, scope) for span in spans if span.overlap(horizon)]
            known = [answer for answer in answers if answer is not None]
            covered = sum((piece for piece, _ in known), timedelta())
            candidate = (covered, -length, sum((cost for _, cost in known), Decimal(0)))
            if known and (best is None or candidate[:2] > best[:2]):
                best = candidate
        return None if best is None else Money(best[2], self.currency)

    def by_model(self, window: Window, now: datetime) -> Mapping[str, Money]:
        """Return the cost of each model inside `window`, dearest first."""
        models = {reading.model for reading in self.readings if reading.model and reading.span.overlap(window)}
        costs = {model: self.spent(window, now, Scope(model=model)) for model in models}
        known = {model: cost for model, cost in costs.items() if cost is not None and cost.amount}
        return dict(sorted(known.items(), key=lambda item: (-item[1].amount, item[0])))

    def pace(self, now: datetime, over: timedelta = PACE_OVER) -> Money | None:
        """Return the growth per hour over the last `over`, or as much of it as was watched (a minute at least)."""
        per_hour = self.trail.pace(now, over)
        return None if per_hour is None else Money(per_hour, self.currency)

    def _told(self, window: Window, scope: Scope) -> Money | None:
        """Return what the provider itself says of just this: the way that a budget over a thousand sources takes."""
        for reading in self.readings:
            if (
                reading.span.end == window.end
                and reading.span.start == window.start
                and (reading.model, reading.project, reading.key) == (scope.model, scope.project, scope.key)
            ):
                return reading.cost
        return None

    def _totals(self, scope: Scope) -> dict[Window, Decimal]:
        """Return the cost of each span for `scope`: the account's own total, else the sum of its parts."""
        whole: dict[Window, Decimal] = {}
        parts: dict[Window, Decimal] = {}
        for reading in self.readings:
            if not _matches(reading, scope):
                continue
            exact = (reading.model, reading.project, reading.key) == (scope.model, scope.project, scope.key)
            into = whole if exact else parts
            into[reading.span] = into.get(reading.span, Decimal(0)) + reading.cost.amount
        return {**parts, **whole}

    def _portion(
        self, span: Window, cost: Decimal, window: Window, now: datetime, scope: Scope
    ) -> tuple[timedelta, Decimal] | None:
        """Return how much of `window` the span covers, and what of its cost falls inside."""
        elapsed = Window(span.start, min(span.end, now)) if span.start < now < span.end else span
        inside = elapsed.overlap(window)
        if inside is None:
            return timedelta(), Decimal(0)
        if window.encloses(elapsed):
            return inside.length, cost
        if (scope.model, scope.project, scope.key) != (None, None, None):
            return None  # The trail is the whole account's: a part's share of a span cannot be told from it.
        grown = self.trail.between(inside.start, inside.end)
        if span == FOREVER:  # Not bounded by its own figure: a counter that was reset has counted more than it shows.
            return (inside.length, grown) if self.trail.last_at else None
        if self.trail.covers(inside.start):
            return inside.length, min(grown, cost)
        if span.length > window.length * LONGER:
            return None  # A month's cost says nothing of one of its days that nobody watched.
        return inside.length, cost * share(inside.length, elapsed.length)


def _identity(reading: Reading) -> tuple[Window, str | None, str | None, str | None]:
    return (reading.span, reading.model, reading.project, reading.key)


def _matches(reading: Reading, scope: Scope) -> bool:
    return (
        scope.model in (None, reading.model)
        and scope.project in (None, reading.project)
        and scope.key in (None, reading.key)
    )


def _by_length(spans: Iterable[Window]) -> dict[timedelta, list[Window]]:
    """Group spans that do not overlap: by whole days, so that months and summer-time days stay together."""
    groups: dict[timedelta, list[Window]] = {}
    for span in spans:
        days = round(span.length / timedelta(days=1))
        length = timedelta(days=30) if 28 <= days <= 31 else timedelta(days=days) if days else span.length
        groups.setdefault(length, []).append(span)
    return groups


def _growth(
    before: Mapping[tuple[Window, str | None, str | None, str | None], Reading],
    seen: Iterable[Reading],
    last_at: datetime | None,
) -> Decimal:
    """Return by how much the finest account totals grew since `last_at`.

    A span that had ended by then is history that was re-stated, not money that is being spent now.
    """
    totals = [reading for reading in seen if reading.model is None and reading.project is None and reading.key is None]
    finest = min((reading.span.length for reading in totals), default=timedelta())
    growth = Decimal(0)
    for reading in totals:
        if reading.span.length > finest * 1.5 or (last_at is not None and reading.span.end <= last_at):
            continue
        former = before.get(_identity(reading))
        if former is None:
            growth += reading.cost.amount
        elif reading.span == FOREVER and reading.cost.amount < former.cost.amount:
            growth += reading.cost.amount  # A lifetime counter that fell was reset, and counts from zero again.
        else:
            growth += reading.cost.amount - former.cost.amount
    return growth
