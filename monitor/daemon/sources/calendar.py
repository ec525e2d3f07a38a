"""The days and months of an account's zone, and whether a server heeds the days it is asked for."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Self

from monitor.core.windows import Period, Window
from monitor.daemon.sources.shapes.figures import Figure


@dataclass(frozen=True, slots=True)
class Calendar:
    """Today, as the account's zone sees it."""

    today: date
    zone: tzinfo

    @classmethod
    def at(cls, now: datetime, zone: tzinfo) -> Self:
        return cls(now.astimezone(zone).date(), zone)

    @property
    def first(self) -> date:
        return self.today.replace(day=1)

    @property
    def yesterday(self) -> date:
        return self.today - timedelta(days=1)

    @property
    def last_month(self) -> tuple[date, date]:
        """Return the first and the last day of the month before."""
        last = self.first - timedelta(days=1)
        return last.replace(day=1), last

    def day(self, day: date) -> Window:
        return Period.DAY.window(self._noon(day), self.zone)

    @property
    def monday(self) -> date:
        """Return the first day of this week."""
        return self.today - timedelta(days=self.today.weekday())

    def week(self, day: date) -> Window:
        return Period.WEEK.window(self._noon(day), self.zone)

    def month(self, day: date) -> Window:
        return Period.MONTH.window(self._noon(day), self.zone)

    def recent(self, day: date) -> bool:
        """Tell whether a row of this day is of use: of last month or newer, and not of a future that cannot be."""
        return self.last_month[0] <= day <= self.today + timedelta(days=1)

    def _noon(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, 12, tzinfo=self.zone)


def ignores_dates(month: Figure, today: Figure, other: Figure, *, within: bool, before: bool) -> bool:
    """Tell whether the answers for disjoint spans are one and the same figure.

    `other` is yesterday or the month before. `within`: it is of this month too, and a month that hardly holds one of
    the two days cannot hold both. `before`: the server ignored dates until now, and a figure that grew a little between
    two requests does not acquit it.
    """
    same = today.cost == other.cost and today.tokens == other.tokens
    close = _close(month.cost, today.cost) and _close(month.cost, other.cost)
    return other.cost > 0 and (close if within else same or (close and before))


def _close(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= max(one, other) / 100
