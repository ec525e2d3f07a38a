"""The readings of a spend by what they are of: found once, as every question about them begins here."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from monitor.core.spending.costs import totals_of
from monitor.core.spending.readings import Dimension, Identity, Reading, Series
from monitor.core.spending.series import by_series
from monitor.core.windows import Window


class Grouped:
    """Bills and estimates apart. What was asked of it once it knows: the readings never change."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        readings = tuple(readings)
        self.index: Mapping[Identity, Reading] = {reading.identity: reading for reading in readings}
        self.bills = by_series(reading for reading in readings if not reading.estimated)
        self.estimates = by_series(reading for reading in readings if reading.estimated)
        self._totals: dict[tuple[Series, bool], Mapping[Window, Decimal]] = {}

    @property
    def series(self) -> frozenset[Series]:
        """Return all of which anything is told."""
        return frozenset((*self.bills, *self.estimates))

    def totals(self, series: Series, *, estimated: bool) -> Mapping[Window, Decimal]:
        """Return the cost of each span for `series`."""
        known = self._totals.get((series, estimated))
        if known is None:
            known = self._totals[series, estimated] = totals_of(self.estimates if estimated else self.bills, series)
        return known

    def names(self, dimension: Dimension, window: Window) -> frozenset[str]:
        """Return the models, projects or keys of which anything inside the window is told."""
        groups = [*self.bills.items(), *self.estimates.items()]
        told = ((getattr(series, dimension), readings) for series, readings in groups)
        return frozenset(
            name
            for name, readings in told
            if name is not None and any(reading.span.overlap(window) for reading in readings)
        )
