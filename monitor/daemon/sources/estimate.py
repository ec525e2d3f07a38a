"""From usage to estimated readings: each bucket as a whole, and by model, by project and by key."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from functools import lru_cache

from monitor.core.errors import SourceDrifted
from monitor.core.money import BEYOND_SENSE, EXACT, Money
from monitor.core.spending.readings import WHOLE, Reading, Series
from monitor.core.windows import Window
from monitor.daemon.sources.pricing import Pricing
from monitor.daemon.sources.shapes.numbers import JsonObject
from monitor.daemon.sources.usage import UsageDialect, Used


@dataclass(slots=True)
class Sum:
    """What one series used in one bucket, so far."""

    cost: Decimal = Decimal(0)
    tokens: int = 0
    requests: int = 0
    unpriced_tokens: int = 0
    unpriced_units: int = 0

    def add(self, other: "Sum") -> None:
        self.cost += other.cost
        self.tokens += other.tokens
        self.requests += other.requests
        self.unpriced_tokens += other.unpriced_tokens
        self.unpriced_units += other.unpriced_units


@dataclass(frozen=True, slots=True)
class Summed:
    """The sums of one page. What stands in a bucket that could not be read is in `unread`, and no sum of it counts.

    The cross product of models, projects and keys is not kept: forty by twenty of them by the hour are a million
    figures a month, and each view by one of them is what rules and people ask for.
    """

    sums: Mapping[Window, Mapping[Series, Sum]]
    unread: Mapping[Window, SourceDrifted] = field(default_factory=dict)


def summed(rows: Sequence[JsonObject], dialect: UsageDialect, pricing: Pricing) -> Summed:
    """Return the sums of a page. A bucket that stands in several rows adds up; one without usage is a true zero.

    Raises:
        SourceDrifted: a row whose span cannot be read.
    """
    sums: dict[Window, dict[Series, Sum]] = {}
    unread: dict[Window, SourceDrifted] = {}
    with localcontext(EXACT):
        for index, row in enumerate(rows):
            where = f"data[{index}]"
            span = dialect.span(row, where)
            parts = sums.setdefault(span, {WHOLE: Sum()})
            try:
                used = list(dialect.used(row, where))
            except SourceDrifted as error:
                unread.setdefault(span, error)
                continue
            for one in used:
                _count(one, parts, pricing)
    return Summed(sums, unread)


def _count(used: Used, parts: dict[Series, Sum], pricing: Pricing) -> None:
    cost, known = pricing.cost(used)
    tokens = used.tokens.total_tokens
    one = Sum(cost, tokens, used.requests or 0, 0 if known else tokens, 0 if known else used.units)
    for series in _views(used.part):
        so_far = parts.get(series)
        if so_far is None:
            so_far = parts[series] = Sum()
        so_far.add(one)


@lru_cache(maxsize=4096)
def _views(part: Series) -> frozenset[Series]:
    return frozenset((WHOLE, Series(model=part.model), Series(project=part.project), Series(key=part.key)))


def estimated(pages: Iterable[Summed], currency: str) -> tuple[tuple[Reading, ...], SourceDrifted | None]:
    """Return the readings of all pages, and what was wrong with the first bucket that is left out."""
    sums: dict[Window, dict[Series, Sum]] = {}
    unread: dict[Window, SourceDrifted] = {}
    with localcontext(EXACT):
        for page in pages:
            unread = {**page.unread, **unread}
            for span, parts in page.sums.items():
                known = sums.setdefault(span, {})
                for series, one in parts.items():
                    known.setdefault(series, Sum()).add(one)
    for span, parts in sums.items():
        if parts[WHOLE].cost >= BEYOND_SENSE:
            unread.setdefault(span, SourceDrifted("the tokens of an hour or a day cost more than makes any sense"))
    readings = [
        Reading(
            span,
            Money(one.cost, currency),
            *series,
            one.tokens,
            one.requests,
            estimated=True,
            unpriced_tokens=one.unpriced_tokens,
            unpriced_units=one.unpriced_units,
        )
        for span, parts in sums.items()
        if span not in unread
        for series, one in parts.items()
    ]
    return tuple(readings), next(iter(unread.values()), None)
