"""From the costs of days to readings of days and months."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from monitor.core.money import Money
from monitor.core.spending.readings import Reading
from monitor.daemon.sources.calendar import Calendar
from monitor.daemon.sources.shapes.costs import Costs, Part, days_of
from monitor.daemon.sources.shapes.figures import Figure

# Until this day of a month the one before may be corrected.
CORRECTED_UNTIL = 5
ZERO = Figure(Decimal(0))


def since(calendar: Calendar, *, first_time: bool) -> date:
    """Return the day from which to ask: this month's first, or that of the month before while it may change."""
    return calendar.last_month[0] if first_time or calendar.today.day <= CORRECTED_UNTIL else calendar.first


def day_readings(
    costs: Costs, calendar: Calendar, money: Callable[[Decimal], Money], first: date, last: date
) -> tuple[Reading, ...]:
    """Return a reading of each part of the days from `first` to `last`, both included.

    A day without a row cost nothing: only days that the provider has told all of may be named here.
    """
    wholes = days_of(costs)
    idle = {Part(day): ZERO for day in days_between(first, last) if day not in wholes}
    told = {part: figure for part, figure in costs.items() if first <= part.day <= last}
    return tuple(
        Reading(
            calendar.day(part.day),
            money(figure.cost),
            part.model,
            part.project,
            part.key,
            figure.tokens,
            figure.requests,
        )
        for part, figure in {**told, **idle}.items()
    )


def month_reading(costs: Costs, calendar: Calendar, money: Callable[[Decimal], Money], month: date) -> Reading:
    """Return the month of the day `month`, all of whose days until now are told."""
    figures = [figure for day, figure in days_of(costs).items() if (day.year, day.month) == (month.year, month.month)]
    whole = summed(figures)
    return Reading(calendar.month(month), money(whole.cost), tokens=whole.tokens, requests=whole.requests)


def readings_since(
    costs: Costs, calendar: Calendar, money: Callable[[Decimal], Money], first: date
) -> tuple[Reading, ...]:
    """Return the days from `first` until today and the months that they are of, all of whose days are in `costs`."""
    months = (month for month in (calendar.last_month[0], calendar.first) if month >= first.replace(day=1))
    return (
        *day_readings(costs, calendar, money, first, calendar.today),
        *(month_reading(costs, calendar, money, month) for month in months),
    )


def summed(figures: Iterable[Figure]) -> Figure:
    """Return the sum, or zero of none; what one of them does not count is not counted."""
    first, *others = [*figures] or [ZERO]
    return sum(others, first)


def days_between(first: date, last: date) -> Sequence[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
