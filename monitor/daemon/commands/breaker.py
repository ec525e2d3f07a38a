"""`spend-monitor breaker`: how the breakers of this machine stand, and a hand on them."""

import json
from argparse import Namespace
from contextlib import closing
from datetime import datetime
from typing import TextIO

from monitor.core.breaker import Circuit, Standing
from monitor.core.money import percent
from monitor.daemon.breaker_document import breaker_document, breakers_of
from monitor.daemon.settings import Settings
from monitor.daemon.terminal import table
from monitor.ledger.ledger import Ledger
from monitor.ledger.reservations import close_breaker, open_by_hand


def run(settings: Settings, arguments: Namespace, out: TextIO, now: datetime) -> int:
    """Open or close all breakers on the ledger, or print how they stand; raises LedgerError."""
    match arguments.action:
        case "open":
            until = now + arguments.span if arguments.span else None
            with closing(Ledger(settings.ledger)) as ledger, ledger.transaction() as connection:
                open_by_hand(connection, now, until, arguments.reason or "")
            out.write(f"open {_until(until)}: every program on {settings.ledger} is refused what costs\n")
        case "close":
            with closing(Ledger(settings.ledger)) as ledger, ledger.transaction() as connection:
                closed = close_breaker(connection)
            out.write(f"{closed} of what held it open {'is' if closed == 1 else 'are'} ended\n")
            _status(settings, arguments, out, now)
        case _:
            _status(settings, arguments, out, now)
    return 0


def _status(settings: Settings, arguments: Namespace, out: TextIO, now: datetime) -> None:
    breakers = breakers_of(settings, now)
    if arguments.json:
        out.write(json.dumps(breaker_document(breakers, settings, now), indent=2) + "\n")
        return
    out.write(f"{breakers.circuit.value}\n")
    rows = [_row(budget.standing, budget.circuit) for budget in breakers.budgets]
    if rows:
        out.write("\n" + table(("BUDGET", "STATE", "SPENT", "HELD", "LIMIT", "USED", "BEGINS ANEW"), rows) + "\n")
    else:
        out.write("no budget is set (MONITOR_MONTHLY_BUDGET)\n")
    for opening in breakers.openings:
        whom = opening.program or (f"what {opening.budget} counts" if opening.budget else "all programs")
        out.write(
            f"\nopen for {whom}, {_until(opening.until)} ({opening.cause.value}): {opening.reason or 'no reason'}\n"
        )


def _row(standing: Standing, circuit: Circuit) -> tuple[str, ...]:
    return (
        standing.budget.name,
        circuit.value,
        str(standing.spent),
        str(standing.reserved),
        str(standing.budget.limit),
        percent(standing.ratio),
        f"{standing.reopens_at:%Y-%m-%d %H:%M}" if standing.reopens_at else "never",
    )


def _until(moment: datetime | None) -> str:
    return f"until {moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "until it is closed"
