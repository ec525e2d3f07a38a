"""All readings of one source, merged: how much in this window, how fast, as of when."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from monitor.core.money import Money
from monitor.core.spending.costs import cost_inside
from monitor.core.spending.folding import folded
from monitor.core.spending.grouped import Grouped
from monitor.core.spending.names import Names
from monitor.core.spending.readings import WHOLE, Dimension, Identity, Observation, Provenance, Quota, Reading, Series
from monitor.core.spending.series import Part, account_growth, by_series, grown_parts
from monitor.core.spending.trail import Trail, merged
from monitor.core.windows import FOREVER, Period, Window

# So long days are kept as days: the longest window that asks for them is the month before this one.
KEPT = timedelta(days=70)
# A quota that was not told again for so long is gone: the provider took the limit away.
QUOTA_KEPT = timedelta(days=3)
# Long enough for a provider that books in batches, short enough that a loop is not averaged away.
PACE_OVER = timedelta(minutes=15)


class _Derived:
    """A place for what is derived from the readings: found once, and no part of the value."""

    __slots__ = ("_grouped",)
    _grouped: Grouped


@dataclass(frozen=True, slots=True)
class Spend(_Derived):
    """The newest reading of each span, and the trail of how the sum grew, as a whole and part by part.

    Recording is idempotent and the last word wins: a re-stated day replaces its former figure and is never added.
    Where a provider tells a fast estimate beside a slow bill, the bill counts up to `settled_until`, and after that
    whichever is more.
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
    settled_until: datetime | None = None
    quota_at: datetime | None = None
    names: Names = field(default_factory=Names)

    def record(self, seen: Observation, now: datetime) -> "Spend":
        """Return this spend with what was seen at `now` merged in."""
        before = self.grouped.index
        readings = seen.readings or (self._from_balance(seen.balance) if seen.error is None else ())
        known = self._still_told(seen, now) | {reading.identity: reading for reading in readings}
        # How fast it goes is told by the estimate alone where there is one: the bill tells the same money again.
        fast = bool(self.grouped.estimates) or any(reading.estimated for reading in readings)
        told = [reading for reading in readings if reading.estimated or not fast]
        groups = by_series(told)
        # A span that has not begun was seen while the clock was wrong; what it cost was no growth.
        unreal = by_series(r for r in self.readings if r.span.start > now and (r.estimated or not fast))
        if fast and not self.grouped.estimates and self.trail.marks:
            before = {reading.identity: reading for reading in told}  # Where estimates begin, nothing has grown yet.
        if seen.estimated_anew is not None:
            groups |= {part.series: [] for part in self.parts if part.series not in groups}  # They used nothing.
        looked_at = self.trail.last_at and min(self.trail.last_at, now)
        step = account_growth(before, groups, looked_at) - account_growth({}, unreal, None)
        return replace(
            self,
            readings=tuple(known.values()),
            trail=self.trail.grown(step, now) if told else self.trail,
            parts=grown_parts(self.parts, before, groups, unreal, looked_at, now),
            quota=seen.quota if seen.quota is not None else None if self._quota_is_old(now) else self.quota,
            quota_at=now if seen.quota is not None else self.quota_at and min(self.quota_at, now),
            balance=seen.balance if seen.balance is not None else self.balance,
            as_of=seen.as_of,
            since=min(self.since or now, now),
            provenance=_provenance(seen),
            settled_until=seen.settled_until or self.settled_until,
            names=self.names.told(seen.names),
        )

    def _quota_is_old(self, now: datetime) -> bool:
        return self.quota_at is not None and now - self.quota_at > QUOTA_KEPT

    def _still_told(self, seen: Observation, now: datetime) -> dict[Identity, Reading]:
        """Return what was known and is neither told anew nor of a time that only a wrong clock saw."""
        return folded(
            (r for r in self.grouped.index.values() if r.span.start <= now and not _told_anew(r, seen)), now - KEPT
        )

    @property
    def grouped(self) -> Grouped:
        """Return the readings by what they are of."""
        try:
            return self._grouped
        except AttributeError:
            grouped = Grouped(self.readings)
            object.__setattr__(self, "_grouped", grouped)
            return grouped

    def quota_now(self, now: datetime) -> Quota | None:
        """Return the quota, with what is used of it filled in where it is one of the month."""
        quota = self.quota
        if quota is None or not quota.monthly or quota.limit is None or quota.used is not None:
            return quota
        return replace(quota, used=self.spent(Period.MONTH.window(now, UTC), now))

    def spent(self, window: Window, now: datetime, series: Series = WHOLE) -> Money | None:
        """Return the cost inside `window` as far as it is known; None where nothing is known of it.

        The project and the key of the series go by their ID or their name.
        """
        known = [self._spent(window, now, one) for one in self.names.meant(series)]
        told = [cost for cost in known if cost is not None]
        return Money(sum(told, Decimal(0)), self.currency) if told else None

    def _spent(self, window: Window, now: datetime, series: Series) -> Decimal | None:
        if not self.grouped.estimates:
            told = self.grouped.index.get((window, series, False))
            return told.cost.amount if told is not None else self.billed(window, now, series)
        settled = min(max(self.settled_until or window.start, window.start), window.end)
        known = []
        if settled > window.start:
            final = Window(window.start, settled)
            bill = self.billed(final, now, series)
            known.append(self.estimated(final, now, series) if bill is None else bill)
        if settled < window.end:
            rest = Window(settled, window.end)
            both = (self.billed(rest, now, series), self.estimated(rest, now, series))
            known.append(max((cost for cost in both if cost is not None), default=None))
        told_of = [cost for cost in known if cost is not None]
        return sum(told_of, Decimal(0)) if told_of else None

    def billed(self, window: Window, now: datetime, series: Series = WHOLE) -> Decimal | None:
        """Return what the bills say of a window; None where they say nothing."""
        return self._cost(window, now, series, estimated=False)

    def estimated(self, window: Window, now: datetime, series: Series = WHOLE) -> Decimal | None:
        """Return what the estimates say of a window; None where they say nothing."""
        return self._cost(window, now, series, estimated=True)

    def drift(self, window: Window, now: datetime) -> Decimal | None:
        """Return by what share the estimate was off where the bill is final: -0.042 is 4.2 % under it."""
        if self.settled_until is None or self.settled_until <= window.start:
            return None
        final = Window(window.start, min(self.settled_until, window.end))
        billed, estimated = self.billed(final, now), self.estimated(final, now)
        return (estimated - billed) / billed if billed and estimated is not None else None

    def trail_of(self, series: Series) -> Trail:
        """Return how one series grew: the whole account's own trail, a part's, or the sum of what it includes."""
        if series == WHOLE:
            return self.trail
        meant = self.names.meant(series)
        if meant != (series,):
            return merged([self.trail_of(one) for one in meant])
        exact = [part.trail for part in self.parts if part.series == series]
        return exact[0] if exact else merged([part.trail for part in self.parts if series.includes(part.series)])

    def by(self, dimension: Dimension, window: Window, now: datetime) -> Mapping[str, Money]:
        """Return what each model, project or key cost in `window`, the dearest first, without what cost nothing."""
        names = self.grouped.names(dimension, window)
        costs = {name: self.spent(window, now, Series(**{dimension: name})) for name in names}
        known = {name: cost for name, cost in costs.items() if cost is not None and cost.amount}
        return dict(sorted(known.items(), key=lambda item: (-item[1].amount, item[0])))

    def pace(self, now: datetime, over: timedelta = PACE_OVER) -> Money | None:
        """Return the growth per hour over the last `over`, or as much of it as was watched (a minute at least)."""
        per_hour = self.trail.pace(now, over)
        return None if per_hour is None else Money(per_hour, self.currency)

    def _cost(self, window: Window, now: datetime, series: Series, *, estimated: bool) -> Decimal | None:
        totals = self.grouped.totals(series, estimated=estimated)
        return cost_inside(totals, window, now, self.trail_of(series), series)

    def _from_balance(self, balance: Money | None) -> tuple[Reading, ...]:
        """Return the lifetime cost of an account that tells only what is left: what its balance fell by.

        A rise is a top-up. What was spent between a top-up and the look before it cannot be told apart.
        """
        tells_costs = any(reading.identity != (FOREVER, WHOLE, False) for reading in self.readings)
        if balance is None or balance.currency != self.currency or tells_costs:
            return ()
        former = self.grouped.index.get((FOREVER, WHOLE, False))
        spent = former.cost if former is not None else Money.zero(self.currency)
        if former is not None and self.balance is not None and balance.amount < self.balance.amount:
            spent += self.balance - balance
        return (Reading(FOREVER, spent),)


def _told_anew(reading: Reading, seen: Observation) -> bool:
    """Tell whether the observation says all of the span that a former reading is of."""
    if reading.estimated:
        return seen.estimated_anew is not None and seen.estimated_anew.encloses(reading.span)
    return reading.span in seen.complete


def _provenance(seen: Observation) -> Provenance:
    kinds = {reading.estimated for reading in seen.readings}
    if kinds == {True, False}:
        return Provenance.MIXED
    return Provenance.ESTIMATED if kinds == {True} else seen.provenance
