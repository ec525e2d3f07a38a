"""From the figures of an answer to readings and quotas: scaled, in the account's currency, each over its span."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from monitor.core.errors import SourceDrifted
from monitor.core.money import BEYOND_SENSE, Money
from monitor.core.spending.readings import Quota, Reading
from monitor.core.windows import FOREVER, Window
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.calendar import Calendar
from monitor.daemon.sources.daily import days_between, summed
from monitor.daemon.sources.shapes.figures import Day, Figure, Limits, Usage
from monitor.daemon.sources.shapes.numbers import UNLIMITED

_SAME_CURRENCY = {"RMB": "CNY", "$": "USD", "USDT": "USD", "€": "EUR"}


class Assembly:
    """Makes money of one account's figures."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def money(self, amount: Decimal) -> Money:
        """Raise SourceDrifted where the scaled amount is beyond any sense."""
        scaled = amount * self._account.scale
        if not 0 <= scaled < BEYOND_SENSE:
            raise SourceDrifted(f"an amount times {self._account.variable('scale')} is beyond any sense")
        return Money(scaled, self._account.currency)

    def check_currency(self, told: str | None) -> None:
        """Raise SourceDrifted where the provider names another currency than the account's."""
        if told is None:
            return
        told = _SAME_CURRENCY.get(told.upper(), told.upper())
        if told != self._account.currency:
            raise SourceDrifted(
                f"the amounts are in {told}, not in {self._account.currency}: set {self._account.variable('currency')}"
            )

    def readings(self, usage: Usage, calendar: Calendar, asked: tuple[date, date] | None = None) -> tuple[Reading, ...]:
        """Return what an answer says of the month that ends on `asked`'s last day, and of its days.

        The finest figures that are there; a lifetime counter only where nothing tells of a month.
        """
        first, last = asked or (calendar.first, calendar.today)
        days = [day for day in usage.days if calendar.recent(day.date)]
        month = month_of(usage, first, last)
        readings = [reading for day in days for reading in self._day(day, calendar)]
        if month is not None:
            readings.append(self._reading(calendar.month(first), month))
            readings += [self._idle(calendar, day) for day in _idle_days(days, month, first, last)]
        if usage.today is not None and calendar.today not in {day.date for day in days}:
            readings.append(self._reading(calendar.day(calendar.today), usage.today))
        if usage.lifetime is not None and month is None and not days:
            readings.append(self._reading(FOREVER, usage.lifetime))
        span = self._models_span(usage, calendar, first)
        readings += [self._reading(span, part, model) for model, part in usage.models.items() if span is not None]
        return tuple(readings)

    def day(self, usage: Usage, calendar: Calendar, day: date) -> tuple[Reading, ...]:
        """Return what an answer to a question about one day says of it."""
        if usage.asked is None:
            return ()
        span = calendar.day(day)
        parts = [self._reading(span, part, model) for model, part in usage.models.items()]
        return (self._reading(span, usage.asked), *parts)

    def quota(self, endpoint: Limits | None, usage: Usage, month: Figure | None) -> Quota | None:
        """Return the quota of both endpoints; what is used of a monthly limit may be the month's cost."""
        told = [limits for limits in (endpoint, usage.limits) if limits is not None]
        if not told:
            return None
        best = next((limits for limits in told if self._limit(limits) is not None), told[0])
        used = next((limits.used for limits in (best, *told) if limits.used is not None), None)
        if used is None and best.monthly and month is not None:
            used = month.cost
        return Quota(
            None if used is None else self.money(used), self._limit(best), any(limits.reached for limits in told)
        )

    def _limit(self, limits: Limits) -> Money | None:
        if limits.limit is None or limits.limit * self._account.scale >= UNLIMITED:
            return None
        return self.money(limits.limit)

    def _day(self, day: Day, calendar: Calendar) -> Iterator[Reading]:
        span = calendar.day(day.date)
        yield self._reading(span, day.total)
        for model, part in day.models.items():
            yield self._reading(span, part, model)

    def _idle(self, calendar: Calendar, day: date) -> Reading:
        return Reading(calendar.day(day), Money.zero(self._account.currency))

    def _reading(self, span: Window, figure: Figure, model: str | None = None) -> Reading:
        return Reading(span, self.money(figure.cost), model, tokens=figure.tokens, requests=figure.requests)

    @staticmethod
    def _models_span(usage: Usage, calendar: Calendar, first: date) -> Window | None:
        if usage.asked or usage.month or usage.days:
            return calendar.month(first)
        if usage.shape == "field map":
            return calendar.day(calendar.today) if usage.today else FOREVER
        return None


def month_of(usage: Usage, first: date, last: date) -> Figure | None:
    """Return the cost of the month; where rows lie outside of what was asked, the total is not only the month's."""
    if usage.month is not None or usage.asked is None:
        return usage.month
    inside = [day.total for day in usage.days if first <= day.date <= last]
    if len(inside) == len(usage.days):
        return usage.asked
    return summed(inside)


def _idle_days(days: list[Day], month: Figure, first: date, last: date) -> list[date]:
    """Return the days without a row where the rows account for the whole month: those cost nothing."""
    inside = {day.date: day.total.cost for day in days if first <= day.date <= last}
    if not inside or abs(sum(inside.values(), Decimal(0)) - month.cost) > month.cost / 1000:
        return []
    return [day for day in days_between(first, last) if day not in inside]
