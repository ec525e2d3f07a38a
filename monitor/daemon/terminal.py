"""Text for people: tables and colours on a terminal, plain words in a pipe."""

import os
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TextIO

from monitor.core.money import percent

COLOURS = {
    "OK": "32",
    "ok": "32",
    "WARNING": "33",
    "late": "33",
    "CRITICAL": "31",
    "EMERGENCY": "1;31",
    "UNKNOWN": "35",
}


def paint(text: str, word: str, stream: TextIO) -> str:
    """Colour `text` as its `word` (a severity or a state) asks for, on a terminal that wants colours."""
    if not stream.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{COLOURS.get(word, '35')}m{text}\x1b[0m"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)
    ]
    return "\n".join(lines)


def show(document: dict[str, Any], stream: TextIO) -> None:
    """Write the status document as tables."""
    severity = document["severity"]
    stream.write(f"{paint(severity, severity, stream)}  as of {document['as_of']}\n\n")
    sources = [
        (
            source["name"],
            source["state"],
            source["as_of"] or "never",
            _spent(source, "today"),
            _spent(source, "month"),
            _quota(source),
            _left(source),
        )
        for source in document["sources"]
    ]
    stream.write(table(("SOURCE", "STATE", "AS OF", "TODAY", "THIS MONTH", "QUOTA", "LEFT"), sources) + "\n")
    for source in document["sources"]:
        if source["error"]:
            stream.write(f"  {source['name']}: {source['error']}\n")
    if document["budgets"]:
        budgets = [
            (
                budget["name"],
                budget["severity"],
                _money(budget["spent"], budget["currency"]),
                _money(budget["limit"], budget["currency"]),
                percent(Decimal(budget["ratio"])) if budget["ratio"] else "unknown",
                (budget["window"]["end"] or "never")[:16],
            )
            for budget in document["budgets"]
        ]
        stream.write("\n" + table(("BUDGET", "SEVERITY", "SPENT", "LIMIT", "USED", "STARTS AGAIN"), budgets) + "\n")
    if document["channels"]:
        channels = [
            (c["name"], c["state"], c["last_success"] or "never", c["error"] or "") for c in document["channels"]
        ]
        stream.write("\n" + table(("CHANNEL", "STATE", "LAST DELIVERY", "ERROR"), channels) + "\n")
    for alert in document["alerts"]:
        stream.write(f"\n{paint('[' + alert['severity'] + ']', alert['severity'], stream)} {alert['summary']}")
        stream.write(f" (since {alert['since']})")
    stream.write("\n" if document["alerts"] else "")
    for line in document["caveats"]:
        stream.write(f"\nnote: {line}")
    stream.write("\n" if document["caveats"] else "")


def _money(amount: str | None, currency: str) -> str:
    return "unknown" if amount is None else f"{float(amount):,.2f} {currency}"


def _spent(source: dict[str, Any], window: str) -> str:
    """Return what was spent, and since when that is known where it is less than the window."""
    known_from = source["known_from"][window]
    since = f" since {known_from[:16]}Z" if known_from else ""
    return f"{_money(source['spend'][window], source['currency'])}{since}"


def _quota(source: dict[str, Any]) -> str:
    quota = source["quota"]
    if not quota:
        return "none"
    if quota["reached"]:
        return "REACHED"
    if quota["used"] is None and quota["limit"] is None:
        return "none"
    return f"{_money(quota['used'], quota['unit'])} of {quota['limit'] or 'no limit'}"


def _left(source: dict[str, Any]) -> str:
    """Return the balance; nothing where the account has none, as most do."""
    balance = source["balance"]
    return _money(balance["amount"], balance["currency"]) if balance else ""
