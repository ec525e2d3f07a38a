"""Who spends it: by model, project and key as the sources tell it, by user and tag as the application's ledger does."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import get_args

from monitor.core.money import Money
from monitor.core.spending.readings import Dimension
from monitor.daemon.web.page_facts import worth
from monitor.daemon.web.page_html import Html, named, tag
from monitor.daemon.web.page_requests import Asked
from monitor.daemon.web.page_sight import Sight
from monitor.daemon.web.page_table import table
from monitor.daemon.web.page_words import when
from monitor.ledger.sums import Dimension as Label

MOST_ROWS = 8
REQUESTS = "requests"


@dataclass(frozen=True, slots=True)
class Share:
    """What is compared is the `worth`, among all shares of one `purse`; `beside` is shown next to the name."""

    name: str
    beside: str
    cost: Money
    purse: str
    worth: Decimal


def spenders(sight: Sight) -> Html:
    """Return the tables of this month."""
    tables = [_table(dimension, "source", _told(dimension, sight)) for dimension in get_args(Dimension)]
    if sight.asked is not None:
        tables += [_table(label, REQUESTS, _recorded(label, sight.asked)) for label in sight.asked.by]
    shown = [table for table in tables if table] or [tag("p", "No source tells by what it was spent.", class_="none")]
    return tag(
        "section",
        tag("h2", "Who spends it", _of_ledger(sight)),
        tag("div", *shown, class_="spenders"),
        id="spenders",
    )


def _of_ledger(sight: Sight) -> Html | None:
    """Return how old the figures of the ledger are: they are not asked for at each poll."""
    asked = sight.asked
    if asked is None or not (asked.error or any(asked.by.values())):
        return None
    if asked.error:
        return tag("small", "users are not known now: ", asked.error, class_="why")
    return tag("small", "users and tags are those of your application, as of ", when(asked.as_of, sight.plan.zone))


def _told(dimension: Dimension, sight: Sight) -> list[Share]:
    """Return what the sources tell, the dearest first.

    One that tells of the same money as another is heard only where no other one tells anything.
    """
    worths = worth(sight.plan)
    found = [
        Share(name, source, cost, worths[source][0], cost.amount * worths[source][1])
        for source, facts in sight.facts.items()
        for name, cost in facts.shares[dimension]
    ]
    counted = [share for share in found if sight.plan.sources[share.beside].counted_by is None]
    order = list(dict.fromkeys(purse for purse, _ in worths.values()))
    return sorted(counted or found, key=lambda share: (order.index(share.purse), -share.worth))


def _recorded(label: Label, asked: Asked) -> list[Share]:
    lines = sorted(asked.by[label], key=lambda line: line.cost.currency)
    named_so = [(line.labels[label] or f"(no {label})", f"{line.requests:,}", line.cost) for line in lines]
    return [Share(*one, one[2].currency, one[2].amount) for one in named_so]


def _table(what: str, beside: str, shares: Sequence[Share]) -> Html | None:
    if not shares:
        return None
    sums: dict[str, Decimal] = {}
    for share in shares:
        sums[share.purse] = sums.get(share.purse, Decimal(0)) + share.worth
    rows = [_row(share, share.worth / sums[share.purse] if sums[share.purse] else None) for share in shares[:MOST_ROWS]]
    more = len(shares) - MOST_ROWS
    heads = (what, beside, "cost", "share")
    numbers = 1 if beside == REQUESTS else 2
    return tag(
        "div",
        table(heads, rows, numbers=numbers, caption=f"By {what}, this month"),
        tag("p", f"and {more:,} more", class_="none") if more > 0 else None,
    )


def _row(share: Share, part: Decimal | None) -> Html:
    return tag(
        "tr",
        tag("th", named(share.name), scope="row"),
        tag("td", named(share.beside), class_="number" if share.beside[0].isdigit() else None),
        tag("td", str(share.cost), class_="number"),
        tag("td", "" if part is None else _percent(part), _bar(part or Decimal(0)), class_="number"),
    )


def _percent(part: Decimal) -> str:
    """Return it in whole percents; what is there is never 0%."""
    return "<1%" if 0 < part < Decimal("0.005") else f"{part * 100:.0f}%"


def _bar(part: Decimal) -> Html:
    return tag(
        "svg",
        tag("rect", width=f"{part * 100:.1f}", height=8),
        class_="share",
        viewBox="0 0 100 8",
        preserveAspectRatio="none",
        aria_hidden="true",
    )
