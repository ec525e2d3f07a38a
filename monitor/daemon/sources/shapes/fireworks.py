"""The answers of Fireworks AI: the accounts that a key sees, and the billing summary of one."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from monitor.core.errors import SourceDrifted
from monitor.daemon.sources.shapes.costs import Part, total
from monitor.daemon.sources.shapes.figures import Figure
from monitor.daemon.sources.shapes.numbers import JsonObject, cost, label
from monitor.daemon.sources.shapes.places import at, rows_at
from monitor.daemon.sources.shapes.rows import day_of

PREFIX = "accounts/"
_BILLIONTH = Decimal("1e-9")
_OF_MODELS = ("model_bucket", "model", "model_name")

# By currency; of a month each Part has the day on which it begins.
Bill = Mapping[str, Mapping[Part, Figure]]


def names(body: object) -> Sequence[str]:
    """Return the names of the accounts that a key sees."""
    told = [label(row.get("name")) for row in rows_at(body, "accounts")]
    return [name.removeprefix(PREFIX) for name in told if name]


def whole(body: object, first: date) -> Bill:
    """Return the bill of all that was asked for, which begins on `first`."""
    return _bill((first, item) for item in rows_at(body, "lineItems"))


def days(body: object) -> Bill | None:
    """Return the bill of each day; None where the summary has no days."""
    rows: list[tuple[date, JsonObject]] = []
    for bucket in rows_at(body, "usageBuckets") if at(body, "usageBuckets") else ():
        day = day_of(bucket.get("bucketStartTime"))
        if day is None:
            raise SourceDrifted("usageBuckets.bucketStartTime is no day")
        rows += [(day, item) for item in (rows_at(bucket, "lineItems") if bucket.get("lineItems") else ())]
    return _bill(rows) if rows else None


def _bill(items: Iterable[tuple[date, JsonObject]]) -> Bill:
    rows: dict[str, list[tuple[Part, Figure]]] = {}
    for day, item in items:
        currency = label(at(item, "totalCost.currencyCode"))
        if currency is None:
            raise SourceDrifted("nothing stands at lineItems.totalCost.currencyCode")
        figure = Figure(_amount(item))
        model = label(item.get("groupingValue")) if item.get("groupingKey") in _OF_MODELS else None
        named = [(Part(day, model=model), figure)] if model else []
        rows.setdefault(currency.upper(), []).extend([(Part(day), figure), *named])
    return {currency: total(told) for currency, told in rows.items()}


def _amount(item: JsonObject) -> Decimal:
    """Return units and billionths together: either is left out where it is zero, and both where the amount is."""
    units, nanos = at(item, "totalCost.units"), at(item, "totalCost.nanos")
    whole_units = Decimal(0) if units is None else cost(units, "lineItems.totalCost.units")
    billionths = Decimal(0) if nanos is None else cost(nanos, "lineItems.totalCost.nanos")
    return whole_units + billionths * _BILLIONTH
