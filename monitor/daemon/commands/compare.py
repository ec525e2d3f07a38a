"""`spend-monitor compare`: what your own last days would have cost on other models."""

import json
from argparse import Namespace
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TextIO

from monitor.core.money import Money
from monitor.core.windows import Window
from monitor.daemon.requests_document import compare_document
from monitor.daemon.settings import Settings
from monitor.daemon.terminal import table
from monitor.daemon.what_if import Choice, compare, named, paid_in
from monitor.daemon.wiring import book_of
from monitor.ledger.reading import reading


def run(settings: Settings, arguments: Namespace, out: TextIO, now: datetime) -> int:
    """Print the comparison; raises LedgerError where there is no ledger.

    Requests without a price are left out, and so are those in another currency than the dearest.
    """
    window = Window(now - timedelta(days=arguments.days), now + timedelta(microseconds=1))
    with reading(settings.ledger) as connection:
        paid = paid_in(connection, window)
        wanted = [named(name) for name in arguments.model]
        choices = compare(connection, book_of(settings), window, paid.currency, wanted)
    if arguments.json:
        out.write(json.dumps(compare_document(window, paid, choices), indent=2) + "\n")
    else:
        _write(arguments.days, paid, choices, out)
    return 0


def _write(days: int, paid: Money, choices: Iterable[Choice], out: TextIO) -> None:
    out.write(f"The last {days} days cost {paid}. The same tokens, at the prices of now:\n\n")
    rows = [(choice.provider, choice.model, *_against(choice.cost, paid)) for choice in choices]
    out.write(table(("PROVIDER", "MODEL", "COST", "AGAINST YOURS"), rows) + "\n")


def _against(cost: Money | None, paid: Money) -> tuple[str, str]:
    if cost is None:
        return "unpriced", "-"
    comparable = cost.currency == paid.currency and paid.amount
    return str(cost), f"{cost / paid:.0%}" if comparable else "-"
