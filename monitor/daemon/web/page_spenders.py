"""Who spends it: by model, project and key, and what moved most since last week."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import get_args

from monitor.core.money import Money
from monitor.core.spending.chart import Dimension
from monitor.core.spending.unpriced import unpriced
from monitor.core.telling.digest_figures import Move, moves, purses
from monitor.core.telling.phrases import some_of
from monitor.core.windows import Period, Window
from monitor.daemon.web.page_html import Html, named, tag
from monitor.daemon.web.page_sight import Sight

MOST_ROWS, MOST_MOVES, MOST_NAMED = 8, 6, 5
WEEK = timedelta(days=7)
# Less than this is no move that anyone asks about.
CENTS = Decimal("0.01")

Share = tuple[str, str, Money]


def spenders(sight: Sight) -> Html:
    """Return the tables of this month."""
    tables = [_table(dimension, _shares(dimension, sight)) for dimension in get_args(Dimension)]
    shown = [table for table in tables if table] or [tag("p", "No source tells by what it was spent.", class_="none")]
    return tag("section", tag("h2", "Who spends it"), tag("div", *shown, class_="spenders"), id="spenders")


def movers(sight: Sight) -> Html:
    """Return what moved most in seven days, and what has no price. It looks at all sources: not for each poll."""
    body = [piece for piece in (_movers(sight), _unpriced(sight)) if piece is not None]
    return tag("section", tag("h2", "What moved, 7 days against the 7 before") if body else None, *body, id="movers")


def _shares(dimension: Dimension, sight: Sight) -> list[Share]:
    """Return the name, the source and the cost of each; amounts of several currencies are not compared."""
    found = [(name, source, cost) for source, facts in sight.facts.items() for name, cost in facts.shares[dimension]]
    first = [group.currency for group in purses(sight.plan)]
    places = {currency: place for place, currency in enumerate(first)}
    return sorted(found, key=lambda one: (places.get(one[2].currency, len(first)), one[2].currency, -one[2].amount))


def _table(dimension: str, shares: Sequence[Share]) -> Html | None:
    if not shares:
        return None
    sums: dict[str, Decimal] = {}
    for _, _, cost in shares:
        sums[cost.currency] = sums.get(cost.currency, Decimal(0)) + cost.amount
    rows = [_row(name, source, cost, cost.amount / sums[cost.currency]) for name, source, cost in shares[:MOST_ROWS]]
    more = len(shares) - MOST_ROWS
    return tag(
        "div",
        tag(
            "table",
            tag("caption", f"By {dimension}, this month"),
            tag("thead", tag("tr", *(tag("th", head, scope="col") for head in (dimension, "source", "cost", "share")))),
            tag("tbody", *rows),
        ),
        tag("p", f"and {more} more", class_="none") if more > 0 else None,
    )


def _row(name: str, source: str, cost: Money, share: Decimal) -> Html:
    bar = tag(
        "svg",
        tag("rect", width=f"{share * 100:.1f}", height=8),
        class_="share",
        viewBox="0 0 100 8",
        preserveAspectRatio="none",
        aria_hidden="true",
    )
    return tag(
        "tr",
        tag("th", named(name), scope="row"),
        tag("td", named(source)),
        tag("td", str(cost), class_="number"),
        tag("td", f"{share * 100:.0f}%", bar, class_="number"),
    )


def _movers(sight: Sight) -> Html | None:
    now = sight.now
    found = moves(sight.state.sources, Window(now - WEEK, now), Window(now - 2 * WEEK, now - WEEK), now)
    rows = [_moved(move) for move in found if abs(move.moved) >= CENTS][:MOST_MOVES]
    if not rows:
        return None
    heads = [tag("th", name, scope="col") for name in ("what", "7 days", "before", "change")]
    return tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows))


def _moved(move: Move) -> Html:
    sign = "+" if move.moved >= 0 else "\N{MINUS SIGN}"
    change = f"{sign}{Money(abs(move.moved), move.cost.currency)}"
    return tag(
        "tr",
        tag("th", named(f"{move.series}"), " ", tag("small", named(move.source)), scope="row"),
        tag("td", str(move.cost), class_="number"),
        tag("td", "new" if move.new else str(move.before), class_="number"),
        tag("td", change, class_="number up" if move.moved >= 0 else "number"),
    )


def _unpriced(sight: Sight) -> Html | None:
    month = Period.MONTH.window(sight.now, sight.plan.zone)
    models = [
        f"{model} ({without})"
        for source in sight.state.sources.values()
        for model, without in unpriced(source.spend, month).items()
    ]
    if not models:
        return None
    return tag("p", "Used without a price, counted at the most it can be: ", named(some_of(models, MOST_NAMED)), ".")
