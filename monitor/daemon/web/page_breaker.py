"""The breaker: what it refuses inside the applications, of which budget, until when; and a hand on it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from monitor.core.money import Money, percent
from monitor.daemon.web.page_html import Html, joined, named, tag
from monitor.daemon.web.page_orders import duration, form
from monitor.daemon.web.page_sight import Sight
from monitor.daemon.web.page_table import table
from monitor.daemon.web.page_words import rounded, when

MEANS = {
    "closed": "requests pass",
    "soft": "requests pass, and programs are asked to save",
    "open": "what costs is refused",
}
CAUSES = {"manual": "by hand", "loop": "for a loop", "emergency": "for an emergency"}
Row = Mapping[str, Any]


def breaker(sight: Sight) -> Html:
    """Return how the breakers of this machine stand; None of the ledger is known yet before it was read."""
    known = sight.breaker
    body = _unknown(known) if known is None or known["circuit"] is None else _known(known, sight)
    return tag("section", tag("h2", "The breaker"), body, id="breaker")


def refusals(sight: Sight) -> Html | None:
    """Return what is refused now, for the head of the page: whoever looks must not have to search for it."""
    known = sight.breaker
    if known is None or known["circuit"] != "open":
        return None
    held = [joined(_opening(row, sight)) for row in known["openings"]]
    used_up = [named(row["name"]) for row in known["budgets"] if row["state"] == "open"]
    whose = joined(held, "; ") if held else joined(["used up: ", joined(used_up, ", ")])
    return tag("p", tag("strong", "The breaker refuses requests"), ", ", whose, class_="trouble refusing")


def _unknown(known: Row | None) -> Html:
    none = "No program keeps a ledger here (MONITOR_LEDGER): nothing is refused."
    words = "The ledger is being read." if known is None else none
    error = known and known["error"]
    return tag("p", "How it stands is not known: " if error else words, error or None, class_="none")


def _known(known: Row, sight: Sight) -> Html:
    state = known["circuit"]
    held = [tag("li", *_opening(row, sight)) for row in known["openings"]]
    return joined(
        [
            tag("p", tag("span", state, class_=f"state {state}"), f" · {MEANS[state]}", class_="circuit"),
            tag("ul", *held, class_="openings") if held else None,
            _budgets(known["budgets"], sight) if known["budgets"] else None,
            tag("div", _close() if held else None, _open(), class_="hands"),
        ]
    )


def _opening(row: Row, sight: Sight) -> list[str]:
    whom = row["program"] or (f"what {row['budget']} counts" if row["budget"] else "all programs")
    until: list[str] = ["until it is closed"]
    if row["until"]:
        until = ["until ", when(datetime.fromisoformat(row["until"]), sight.plan.zone)]
    since = when(datetime.fromisoformat(row["at"]), sight.plan.zone)
    reason = [": ", named(row["reason"])] if row["reason"] else []
    return ["open for ", named(whom), f" {CAUSES.get(row['cause'], row['cause'])} since ", since, ", ", *until, *reason]


def _budgets(rows: list[Row], sight: Sight) -> Html:
    heads = ("budget", "state", "spent", "held", "limit", "used", "begins anew")
    return table(heads, (_budget(row, sight) for row in rows), numbers=2)


def _budget(row: Row, sight: Sight) -> Html:
    spent, held, limit = (Money(Decimal(row[name]), row["currency"]) for name in ("spent", "reserved", "limit"))
    anew = when(datetime.fromisoformat(row["reopens_at"]), sight.plan.zone) if row["reopens_at"] else "never"
    return tag(
        "tr",
        tag("th", named(row["name"]), scope="row"),
        tag("td", tag("span", row["state"], class_=f"state {row['state']}")),
        tag("td", str(spent), class_="number"),
        tag("td", str(held), class_="number"),
        tag("td", rounded(limit), class_="number"),
        tag("td", percent(Decimal(row["ratio"])), class_="number"),
        tag("td", anew, class_="number"),
    )


def _open() -> Html:
    """Return the form behind a first step: nobody is to stop everything by one slip of a finger."""
    return tag(
        "details",
        tag("summary", "Stop all requests"),
        tag("p", "Every program on this ledger is refused what costs, at once. What is on its way goes on."),
        form(
            "/api/v1/breaker/open",
            tag("label", tag("span", "Reason"), tag("input", name="reason", autocomplete="off", maxlength=200)),
            duration("For", ("", "until it is closed")),
            tag("button", "Refuse all requests now", class_="grave"),
        ),
        id="stop",
    )


def _close() -> Html:
    return tag(
        "details",
        tag("summary", "Let requests pass again"),
        tag("p", "Ends all that holds it open. What a budget has used up stays refused."),
        form("/api/v1/breaker/close", tag("button", "Close the breaker")),
        id="let-pass",
    )
