"""Billed cost by span and part, as cost reports list it: from rows to readings, the same bucket twice included."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from monitor.core.errors import SourceDrifted
from monitor.core.spending.readings import WHOLE, Reading, Series
from monitor.core.windows import Window
from monitor.daemon.sources.assembly import Assembly
from monitor.daemon.sources.shapes.numbers import JsonObject, kind_of

# A day with more parts is told by model, by project and by key: forty models with twenty keys make a state file of many
# megabytes, which is written at each poll.
MOST_PARTS = 100
LONGEST_SPAN = timedelta(days=32)


@dataclass(frozen=True, slots=True)
class Cost:
    """An amount in the unit that `currency` names, or the account's where that is None.

    A provider that tells of no project or key of a part names it anyway ("no key"): None stands for all together.
    """

    amount: Decimal
    part: Series = WHOLE
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Costs:
    """The readings of all spans that were understood; `unread` says what was wrong with the first that was not."""

    readings: tuple[Reading, ...]
    unread: SourceDrifted | None


def costs_of(
    rows: Iterable[JsonObject],
    assembly: Assembly,
    *,
    span_of: Callable[[JsonObject, str], Window],
    costs_in: Callable[[JsonObject, str], Iterable[Cost]],
) -> Costs:
    """Return one reading for each span and one for each part of it.

    A span may stand in several rows, on one page or on two: they add up. A span with one figure that cannot be an
    amount is left out whole, as the rest of it would be too small; a span with no cost at all is a true zero.

    Raises:
        SourceDrifted: a row whose span cannot be read, or no row that can.
    """
    found: dict[Window, dict[Series, Decimal]] = {}
    bad: dict[Window, SourceDrifted] = {}
    for index, row in enumerate(rows):
        where = f"data[{index}]"
        span = span_of(row, where)
        parts = found.setdefault(span, defaultdict(Decimal))
        try:
            for cost in costs_in(row, where):
                assembly.check_currency(cost.currency)
                parts[cost.part] += cost.amount
        except SourceDrifted as error:
            bad[span] = error
    unread = next(iter(bad.values()), None)
    if unread is not None and len(bad) == len(found):
        raise unread
    readings = [r for span, parts in found.items() if span not in bad for r in _readings(span, parts, assembly)]
    return Costs(tuple(readings), unread)


def span_between(
    row: JsonObject, names: tuple[str, str], where: str, moment: Callable[[object, str], datetime]
) -> Window:
    """Return the span from one named time of a row to another; `moment` reads a value, given the path to it.

    Raises:
        SourceDrifted: one of them is no time, or the second is not after the first, or is over a month after it.
    """
    start, end = (moment(row.get(name), f"{where}.{name}") for name in names)
    if not timedelta(0) < end - start <= LONGEST_SPAN:
        raise SourceDrifted(f"{where}.{names[1]} is not a day after its {names[0]}")
    return Window(start, end)


def results_of(row: JsonObject, where: str, name: str = "results") -> Iterator[tuple[JsonObject, str]]:
    """Yield the results in a row, each with its path.

    Raises:
        SourceDrifted: there is no list of them, which is not the same as an empty one.
    """
    results = row.get(name)
    if not isinstance(results, list):
        raise SourceDrifted(f"{where}.{name} is {kind_of(results)} where a list belongs")
    for index, result in enumerate(results):
        path = f"{where}.{name}[{index}]"
        if not isinstance(result, dict):
            raise SourceDrifted(f"{path} is {kind_of(result)} where an object belongs")
        yield result, path


def _readings(span: Window, parts: dict[Series, Decimal], assembly: Assembly) -> Iterator[Reading]:
    yield Reading(span, assembly.money(sum(parts.values(), Decimal(0))))
    for part, cost in (_apart(parts) if len(parts) > MOST_PARTS else parts).items():
        if part != WHOLE:
            yield Reading(span, assembly.money(cost), *part)


def _apart(parts: dict[Series, Decimal]) -> dict[Series, Decimal]:
    """Return the same money three times: by model, by project and by key, as far as each is told."""
    views: dict[Series, Decimal] = defaultdict(Decimal)
    for part, cost in parts.items():
        for view in (Series(model=part.model), Series(project=part.project), Series(key=part.key)):
            if view != WHOLE:
                views[view] += cost
    return views
