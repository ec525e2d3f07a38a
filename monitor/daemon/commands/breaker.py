"""`spend-monitor breaker`: how the breakers of this machine stand, and a hand on them."""

import json
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TextIO

from monitor.core.breaker import Circuit, Opening, Standing
from monitor.core.budgets import Budget
from monitor.core.money import percent
from monitor.daemon.settings import Settings
from monitor.daemon.terminal import table
from monitor.ledger.accounts import Accounts
from monitor.ledger.connection import reading
from monitor.ledger.ledger import Ledger
from monitor.ledger.reservations import close_breaker, open_by_hand

ORDER = (Circuit.CLOSED, Circuit.SOFT, Circuit.OPEN)


def run(settings: Settings, arguments: Namespace, out: TextIO, now: datetime) -> int:
    """Open or close all breakers on the ledger, or print how they stand; raises LedgerError."""
    match arguments.action:
        case "open":
            until = now + arguments.span if arguments.span else None
            with Ledger(settings.ledger).transaction() as connection:
                open_by_hand(connection, now, until, arguments.reason or "")
            out.write(f"open {_until(until)}: every program on {settings.ledger} is refused what costs\n")
        case "close":
            with Ledger(settings.ledger).transaction() as connection:
                closed = close_breaker(connection)
            out.write(f"{closed} of what held it open {'is' if closed == 1 else 'are'} ended\n")
            _status(settings, arguments, out, now)
        case _:
            _status(settings, arguments, out, now)
    return 0


def _status(settings: Settings, arguments: Namespace, out: TextIO, now: datetime) -> None:
    accounts = Accounts(
        [_of_provider(budget, settings) for budget in settings.budgets], settings.timezone, settings.rates
    )
    with reading(settings.ledger) as connection:
        accounts.catch_up(connection, now)
    soft = settings.breaker.soft
    standings = [(standing, standing.circuit(soft)) for standing in accounts.standings()]
    openings = [opening for opening in accounts.openings if opening.holds(now)]
    worst = max((circuit for _, circuit in standings), key=ORDER.index, default=Circuit.CLOSED)
    circuit = Circuit.OPEN if openings else worst
    if arguments.json:
        document = {
            "as_of": now.isoformat(),
            "circuit": circuit.value,
            "budgets": [_budget(*standing) for standing in standings],
            "openings": [_opening(opening) for opening in openings],
        }
        out.write(json.dumps(document, indent=2) + "\n")
        return
    out.write(f"{circuit.value}\n")
    rows = [_row(*standing) for standing in standings]
    if rows:
        out.write("\n" + table(("BUDGET", "STATE", "SPENT", "HELD", "LIMIT", "USED", "BEGINS ANEW"), rows) + "\n")
    else:
        out.write("no budget is set (MONITOR_MONTHLY_BUDGET)\n")
    for opening in openings:
        whom = opening.program or (f"what {opening.budget} counts" if opening.budget else "all programs")
        out.write(
            f"\nopen for {whom}, {_until(opening.until)} ({opening.cause.value}): {opening.reason or 'no reason'}\n"
        )


def _of_provider(budget: Budget, settings: Settings) -> Budget:
    """Return the budget with its source's provider in the place of the name that the user gave the source."""
    kinds = {source.name: source.kind for source in settings.sources}
    source = budget.scope.source
    return budget if source is None else replace(budget, scope=replace(budget.scope, source=kinds.get(source, source)))


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


def _budget(standing: Standing, circuit: Circuit) -> Mapping[str, Any]:
    budget, end = standing.budget, standing.reopens_at
    return {
        "name": budget.name,
        "state": circuit.value,
        "period": budget.period.value,
        "window": {"start": standing.window.start.isoformat(), "end": end.isoformat() if end else None},
        "limit": f"{budget.limit.amount:f}",
        "currency": budget.limit.currency,
        "spent": f"{standing.spent.amount:f}",
        "reserved": f"{standing.reserved.amount:f}",
        "ratio": f"{standing.ratio:.4f}",
        "reopens_at": end.isoformat() if end else None,
    }


def _opening(opening: Opening) -> Mapping[str, Any]:
    return {
        "name": opening.name,
        "cause": opening.cause.value,
        "at": opening.at.isoformat(),
        "until": opening.until.isoformat() if opening.until else None,
        "program": opening.program or None,
        "budget": opening.budget or None,
        "reason": opening.reason,
    }


def _until(moment: datetime | None) -> str:
    return f"until {moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "until it is closed"
