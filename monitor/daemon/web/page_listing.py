"""The accounts one under the other: what needs a look comes first, and the rest of many is folded."""

from collections.abc import Mapping
from decimal import Decimal

from monitor.daemon.web.page_facts import worth
from monitor.daemon.web.page_html import Html, tag
from monitor.daemon.web.page_sight import Sight
from monitor.daemon.web.page_sources import part_of

MOST_SHOWN = 8
# What the drawings mean, each beside a sample of it.
LEGEND = (
    ("gap", "nobody looked"),
    ("coming", "forecast"),
    ("mark", "an alert began"),
    ("dashes", "thresholds"),
    ("dots", "even pace of the budget"),
)


def sources(parts: Mapping[str, Html], sight: Sight) -> Html:
    """Return the rows, of which `parts` has each by its id."""
    unwell = set(sight.unwell)
    names = _in_order(unwell, sight)
    shown = len(names) if len(names) <= MOST_SHOWN + 2 else max(MOST_SHOWN, len(unwell))
    rows = [parts[part_of(name, sight)] for name in names]
    keys = (tag("span", tag("i", class_=f"key {kind}"), words) for kind, words in LEGEND)
    return tag(
        "section",
        tag("h2", "Sources", tag("small", *keys, class_="keys")),
        *rows[:shown],
        _folded(rows[shown:]),
        id="sources",
    )


def _in_order(unwell: set[str], sight: Sight) -> list[str]:
    """Return the names, first those that cannot be trusted, then the dearest of this month."""
    worths = worth(sight.plan)
    months = {
        name: facts.total.cost.amount * worths[name][1] if facts.total.cost is not None else Decimal(0)
        for name, facts in sight.facts.items()
    }
    return sorted(sight.state.sources, key=lambda name: (name not in unwell, -months[name]))


def _folded(rows: list[Html]) -> Html | None:
    if not rows:
        return None
    return tag("details", tag("summary", f"{len(rows)} more, which spend less"), *rows, id="more-sources")
