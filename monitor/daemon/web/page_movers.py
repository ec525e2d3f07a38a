"""What to look into: what moved most since last week, what has no price, and what would be cheaper elsewhere."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from monitor.core.money import Money
from monitor.core.spending.switch import Switch
from monitor.core.spending.unpriced import unpriced
from monitor.core.telling.digest_figures import Move, moves
from monitor.core.telling.phrases import some_of
from monitor.core.windows import Period, Window
from monitor.daemon.web.page_html import Html, joined, named, tag
from monitor.daemon.web.page_sight import Sight
from monitor.daemon.web.page_table import table

MOST_MOVES, MOST_NAMED = 6, 5
# Of each account its dearest models, and for each the cheapest others.
MOST_MODELS, MOST_OTHERS, MOST_SWITCHES = 2, 2, 6
WEEK = timedelta(days=7)
# Less than this is no move that anyone asks about.
CENTS = Decimal("0.01")


def movers(sight: Sight) -> Html:
    """Return what moved most in seven days, and what has no price. It looks at all sources: not for each poll."""
    return tag("section", _movers(sight), _unpriced(sight), id="movers")


def _movers(sight: Sight) -> Html | None:
    now = sight.now
    sources = {name: one for name, one in sight.state.sources.items() if sight.plan.sources[name].counted_by is None}
    found = moves(sources, Window(now - WEEK, now), Window(now - 2 * WEEK, now - WEEK), now)
    rows = [_moved(move) for move in found if abs(move.moved) >= CENTS][:MOST_MOVES]
    if not rows:
        return None
    return joined(
        [
            tag("h2", "What moved, 7 days against the 7 before"),
            table(("what", "7 days", "before", "change"), rows, numbers=1),
        ]
    )


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
    """Return what was used without a price: of a provider it counts at the most it can be, in the ledger as nothing."""
    month = Period.MONTH.window(sight.now, sight.plan.zone)
    bounded = [
        f"{model} ({without})"
        for source in sight.state.sources.values()
        for model, without in unpriced(source.spend, month).items()
    ]
    recorded = sight.asked.unpriced if sight.asked is not None else {}
    missing = [f"{model} ({count:,} {'request' if count == 1 else 'requests'})" for model, count in recorded.items()]
    lines = [
        tag("p", named(some_of(bounded, MOST_NAMED)), ": counted at the most it can be.") if bounded else None,
        tag("p", named(some_of(missing, MOST_NAMED)), ": not counted in the ledger.") if missing else None,
    ]
    if not any(lines):
        return None
    return joined([tag("h2", "Without a price, this month", tag("small", "MONITOR_PRICES can name one")), *lines])


def cheaper(sight: Sight) -> Html:
    """Return what the same tokens would have cost on other models, of what was really used."""
    rows = [_switch(origin, switch) for origin, switch in _switches(sight)][:MOST_SWITCHES]
    if not rows:
        return tag("section", id="cheaper")
    legend = "at your own rates, the ledger's at list prices; a cheaper model may do less"
    return tag(
        "section",
        tag("h2", "The same tokens on another model", tag("small", legend)),
        table(("what", "cost", "instead", "saved"), rows, numbers=1),
        id="cheaper",
    )


def _switches(sight: Sight) -> Iterator[tuple[str, Switch]]:
    """Yield the switches of each account; those of the ledger are of 30 days, the others of this month."""
    recorded = sight.asked.switches if sight.asked is not None else ()
    yield from (("ledger", switch) for switch in _first(recorded))
    for source, facts in sight.facts.items():
        watched = sight.plan.sources[source]
        if watched.counted_by is None and not (recorded and watched.kind == "ledger"):
            yield from ((source, switch) for switch in _first(facts.switches))


def _first(switches: Sequence[Switch]) -> list[Switch]:
    models = list(dict.fromkeys(switch.model for switch in switches))[:MOST_MODELS]
    return [one for model in models for one in [each for each in switches if each.model == model][:MOST_OTHERS]]


def _switch(origin: str, switch: Switch) -> Html:
    return tag(
        "tr",
        tag("th", named(switch.model), " on ", named(switch.to), " ", tag("small", named(origin)), scope="row"),
        tag("td", str(switch.cost), class_="number"),
        tag("td", str(switch.instead), class_="number"),
        tag("td", str(switch.saved), class_="number down"),
    )
