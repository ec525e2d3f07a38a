"""The first thing that is read: one sentence of how it stands, and every source that cannot be trusted now."""

from datetime import datetime

from monitor.core.budgets import EVERYTHING, Severity
from monitor.core.money import Money
from monitor.core.plan import Group
from monitor.core.telling.digest_figures import purses
from monitor.core.telling.phrases import some_of
from monitor.core.windows import Period
from monitor.daemon.document import time_text
from monitor.daemon.web.page_breaker import refusals
from monitor.daemon.web.page_facts import together
from monitor.daemon.web.page_html import Html, joined, named, tag
from monitor.daemon.web.page_sight import Sight
from monitor.daemon.web.page_words import about, ago, rounded, when

MOST_NAMED, MOST_TROUBLES = 3, 5
# The id of a section, and what it is called in the way to it.
WAYS = (
    ("budgets", "Budgets"),
    ("sources", "Sources"),
    ("spenders", "Spenders"),
    ("breaker", "Breaker"),
    ("alerts", "Alerts"),
    ("channels", "Channels"),
    ("history", "History"),
)


def head(sight: Sight) -> Html:
    """Return the sentence; its class is its severity."""
    lead, severity = _lead(sight)
    return tag(
        "header",
        tag("div", tag("span", "spend-monitor", class_="brand"), _ways(), _as_of(sight), class_="top"),
        tag("h1", tag("span", lead, class_="lead"), " ", _sums(sight)),
        *_troubles(sight),
        _overdue(sight),
        _unsaved(sight),
        refusals(sight),
        id="state",
        class_=severity.lower(),
        data_severity=severity,
        data_now=time_text(sight.now),
    )


def sentence(sight: Sight) -> str:
    """Return the state in one sentence: `All quiet: $41.20 of $100 this month, on pace for $67.`"""
    return f"{_lead(sight)[0]} {_sums(sight)}"


def level(sight: Sight) -> str:
    """Return how it stands, in a word: a severity, or UNKNOWN."""
    return _lead(sight)[1]


def _lead(sight: Sight) -> tuple[str, str]:
    unwell, unexplained = sight.unwell, sight.unexplained
    firing = [alert for alert in sight.firing if alert.key in unexplained]
    if unwell and sight.worst < Severity.CRITICAL:
        return (
            f"Not sure: {some_of(unwell, MOST_NAMED)} {'tells' if len(unwell) == 1 else 'tell'} nothing now.",
            "UNKNOWN",
        )
    if not firing:
        return "All quiet:", "OK"
    count = "" if len(firing) == 1 else f", {len(firing)} alerts"
    return f"{sight.worst.name.capitalize()}{count}:", sight.worst.name


def _sums(sight: Sight) -> str:
    return "; ".join(_sum(group, sight) for group in purses(sight.plan)) + "."


def _sum(group: Group, sight: Sight) -> str:
    """Return what was spent this month, of what limit, and where it leads."""
    total, likely = together(group, sight.facts)
    limit = _limit(sight, group.currency)
    of = f" of {rounded(limit)}" if limit is not None else ""
    pace = f", on pace for {about(likely)}" if likely is not None else ""
    return f"{total}{of} this month{pace}"


def _limit(sight: Sight, currency: str) -> Money | None:
    limits = [
        budget.limit
        for budget in sight.plan.budgets
        if budget.scope == EVERYTHING and budget.period is Period.MONTH and budget.limit.currency == currency
    ]
    return min(limits, key=lambda limit: limit.amount, default=None)


def _ways() -> Html:
    """Return the ways to the sections: on a phone the page is long."""
    return tag("nav", *(tag("a", words, href=f"#{name}") for name, words in WAYS), aria_label="On this page")


def _as_of(sight: Sight) -> Html:
    """Return the age of the oldest figure that the sentence rests on."""
    seen = [source.spend.as_of for source in sight.state.sources.values() if source.spend.as_of is not None]
    oldest: datetime | None = min(seen, default=None)
    age = joined(["as of ", ago(oldest, sight.now)]) if oldest is not None else "nothing is known yet"
    return tag("span", age, tag("span", "", id="live", role="status"), class_="asof")


def _troubles(sight: Sight) -> list[Html]:
    lines = [_trouble(sight, name) for name in sight.unwell]
    first, more = lines[:MOST_TROUBLES], lines[MOST_TROUBLES:]
    folded = tag("details", tag("summary", f"{len(more)} more that tell nothing now"), *more, id="more-troubles")
    return [*first, folded] if more else first


def _trouble(sight: Sight, name: str) -> Html:
    health = sight.state.sources[name].health
    words = {
        "never": "has told nothing yet",
        "stale": "has told nothing lately",
        "unavailable": "cannot be reached",
        "refused": "refuses our key",
        "drifted": "answers in a way that is not understood",
    }
    since = joined([", since ", when(health.failing_since, sight.plan.zone)]) if health.failing_since else None
    return tag(
        "p",
        tag("strong", named(name), f" {words[sight.health(name)]}"),
        since,
        joined(["; last good figures ", ago(health.last_success, sight.now)]) if health.last_success else None,
        tag("span", health.error, class_="why") if health.error else None,
        class_="trouble",
    )


def _overdue(sight: Sight) -> Html | None:
    unwell = set(sight.unwell)
    late = [name for name in sight.overdue if name not in unwell]
    if not late:
        return None
    return tag("p", tag("strong", f"Polls are overdue: {some_of(late, MOST_NAMED)}"), class_="trouble")


def _unsaved(sight: Sight) -> Html | None:
    saving = sight.state.saving
    if saving.failing_since is None:
        return None
    since = when(saving.failing_since, sight.plan.zone)
    return tag("p", tag("strong", "Nothing can be saved"), ", since ", since, f": {saving.error}", class_="trouble")
