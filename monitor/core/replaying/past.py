"""From rows of past spend, as files hold them, to the looks that a poller would have had at them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from monitor.core.money import Money
from monitor.core.plan import Watched
from monitor.core.replaying.replay import Look
from monitor.core.spending.readings import WHOLE, Observation, Reading, Series
from monitor.core.spending.spend import Spend
from monitor.core.windows import FOREVER, HOUR

MINUTE = timedelta(minutes=1)
# Of a gap, so many looks at nothing are enough: two years of hours would only take time.
MOST_IDLE = 2000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """An amount of one series of a source: what it cost from `at` on, or its total at that time."""

    source: str
    at: datetime
    amount: Decimal
    series: Series = WHOLE


@dataclass(frozen=True, slots=True)
class Past:
    """What was once spent, as looks in order of time; `watched` are its sources, with the rhythm of their figures."""

    watched: tuple[Watched, ...]
    looks: tuple[Look, ...]


def past_of_costs(rows: Iterable[Row], currency: str) -> Past:
    """Return the looks at rows that each tell what was spent until the next one is due, seen when that is so.

    Rows of one minute are seen together, as no daemon polls faster. Where a row is missing nothing was spent, and that
    is looked at too, each hour.
    """
    times = _by_time(rows, summed=True)
    steps = {name: step_of(buckets) for name, buckets in times.items()}
    looks = [look for name, buckets in times.items() for look in _at_ends(name, buckets, steps[name], currency)]
    return Past(tuple(_watched(name, step, currency) for name, step in steps.items()), tuple(sorted(looks, key=_when)))


def past_of_totals(rows: Iterable[Row], currency: str) -> Past:
    """Return the looks at rows that tell what was spent so far, each seen at its own time.

    The first total of a series is where it begins. One that fell was started again from zero.
    """
    looks, watched = [], []
    for name, buckets in _by_time(rows, summed=False).items():
        watched.append(_watched(name, step_of(buckets), currency))
        last: dict[Series, Decimal] = {}
        totals: dict[Series, Decimal] = {}
        for at, shown in sorted(buckets.items()):
            for series, now in shown.items():
                before = last.get(series, now)
                _add(totals, series, now - before if now >= before else now)
                last[series] = now
            looks.append(_look(name, at, {series: totals[series] for series in (WHOLE, *shown)}, currency))
    return Past(tuple(watched), tuple(sorted(looks, key=_when)))


def past_of_trail(name: str, spend: Spend) -> Past:
    """Return the looks that left the trail of a source behind; the trail is coarser the older it is."""
    levels: dict[datetime, dict[Series, Decimal]] = {at: {} for at, _ in spend.trail.marks}
    for part in spend.parts:
        for at, level in part.trail.marks:
            levels.setdefault(at, {})[part.series] = level - part.trail.marks[0][1]
    for at, totals in levels.items():
        totals[WHOLE] = spend.trail.level(at) - spend.trail.level(min(levels))
    looks = tuple(_look(name, at, totals, spend.currency) for at, totals in sorted(levels.items()))
    return Past((_watched(name, step_of(levels), spend.currency),), looks)


def step_of(times: Iterable[datetime]) -> timedelta:
    """Return the rhythm of the figures: the gap that is usual between two of them, a minute at least."""
    gaps = Counter(after - before for before, after in pairwise(sorted(set(times))))
    usual = min((gap for gap, count in gaps.items() if count == max(gaps.values())), default=HOUR)
    return max(usual, MINUTE)


def _watched(name: str, step: timedelta, currency: str) -> Watched:
    # Figures of a minute are as fine as any rule asks for.
    return Watched(name, name, currency, step, grain=step if step > MINUTE else timedelta())


def _by_time(rows: Iterable[Row], *, summed: bool) -> dict[str, dict[datetime, dict[Series, Decimal]]]:
    """Return the amounts by source, minute and series: of one minute their sum, or the last of them."""
    sources: dict[str, dict[datetime, dict[Series, Decimal]]] = {}
    for row in rows:
        amounts = sources.setdefault(row.source, {}).setdefault(_minute(row.at), {})
        amounts[row.series] = row.amount + (amounts.get(row.series, Decimal(0)) if summed else 0)
    return sources


def _at_ends(
    name: str, buckets: Mapping[datetime, Mapping[Series, Decimal]], step: timedelta, currency: str
) -> Iterator[Look]:
    """Yield a look at the begin, then one at the end of each bucket."""
    totals = {WHOLE: Decimal(0)}
    seen = min(buckets)
    yield _look(name, seen, totals, currency)
    for at, costs in sorted(buckets.items()):
        pause = max(step, HOUR, (at - seen) / MOST_IDLE)
        while seen < at:
            seen = min(seen + pause, at)
            yield _look(name, seen, {WHOLE: totals[WHOLE]}, currency)
        for series, cost in costs.items():
            _add(totals, series, cost)
        seen = at + step
        yield _look(name, seen, {series: totals[series] for series in (WHOLE, *costs)}, currency)


def _add(totals: dict[Series, Decimal], series: Series, cost: Decimal) -> None:
    """Add to the series, and to the whole of which it is a part."""
    for total in {series, WHOLE}:
        totals[total] = totals.get(total, Decimal(0)) + cost


def _look(name: str, at: datetime, totals: Mapping[Series, Decimal], currency: str) -> Look:
    readings = tuple(Reading(FOREVER, Money(total, currency), *series) for series, total in totals.items())
    return Look(name, at, Observation(readings, at, timedelta()))


def _minute(moment: datetime) -> datetime:
    return moment - (moment - _EPOCH) % MINUTE


def _when(look: Look) -> tuple[datetime, str]:
    return (look.at, look.source)
