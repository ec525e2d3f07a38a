"""How the breakers of this machine stand, as the one document of `breaker status --json` and the API."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from monitor.core.breaker import Circuit, Opening, Standing
from monitor.core.budgets import Budget
from monitor.core.errors import LedgerError
from monitor.daemon.document import amount_text, rounded_text, time_text
from monitor.daemon.settings import Settings
from monitor.ledger.accounts import Accounts
from monitor.ledger.reading import reading

_ORDER = (Circuit.CLOSED, Circuit.SOFT, Circuit.OPEN)


@dataclass(frozen=True, slots=True)
class BudgetCircuit:
    """A budget, and whether what it counts is refused: it is used up, or all programs are held open for it."""

    standing: Standing
    circuit: Circuit


@dataclass(frozen=True, slots=True)
class Breakers:
    """`openings` are those that hold now. One of a single program opens none of the `budgets`."""

    budgets: tuple[BudgetCircuit, ...]
    openings: tuple[Opening, ...]

    @property
    def circuit(self) -> Circuit:
        """The worst of all."""
        worst = max((budget.circuit for budget in self.budgets), key=_ORDER.index, default=Circuit.CLOSED)
        return Circuit.OPEN if self.openings else worst


def breakers_of(settings: Settings, now: datetime) -> Breakers:
    """Look into the ledger.

    Raises:
        LedgerError: there is none, or it cannot be read.
    """
    budgets = [_of_provider(budget, settings) for budget in settings.budgets]
    accounts = Accounts(budgets, settings.timezone, settings.rates)
    with reading(settings.ledger) as connection:
        accounts.catch_up(connection, now)
    openings = tuple(opening for opening in accounts.openings if opening.holds(now))
    held = {opening.budget for opening in openings if not opening.program}

    def circuit(standing: Standing) -> Circuit:
        is_held = bool(held & {"", standing.budget.name})
        return Circuit.OPEN if is_held else standing.circuit(settings.breaker.soft)

    return Breakers(tuple(BudgetCircuit(one, circuit(one)) for one in accounts.standings()), openings)


def breaker_document(
    breakers: Breakers | None, settings: Settings, now: datetime, error: str | None = None
) -> dict[str, Any]:
    """Return the document; without `breakers` how they stand is unknown, because of `error` if there is one."""
    return {
        "as_of": time_text(now),
        "circuit": breakers and breakers.circuit.value,
        "follow_daemon": settings.breaker.follow_daemon,
        "when_blind": settings.breaker.when_blind,
        "budgets": [_budget(budget) for budget in breakers.budgets] if breakers else [],
        "openings": [_opening(opening) for opening in breakers.openings] if breakers else [],
        "error": error,
    }


def breaker_now(settings: Settings, now: datetime) -> dict[str, Any]:
    """Read the ledger and return the document: that there is no ledger yet is no error."""
    try:
        return breaker_document(breakers_of(settings, now), settings, now)
    except LedgerError as error:
        return breaker_document(None, settings, now, str(error) if settings.ledger.exists() else None)


def _budget(of: BudgetCircuit) -> Mapping[str, Any]:
    standing = of.standing
    budget, end = standing.budget, time_text(standing.reopens_at)
    return {
        "name": budget.name,
        "state": of.circuit.value,
        "period": budget.period.value,
        "window": {"start": end and time_text(standing.window.start), "end": end},
        "limit": amount_text(budget.limit),
        "currency": budget.limit.currency,
        "spent": amount_text(standing.spent),
        "reserved": amount_text(standing.reserved),
        "ratio": rounded_text(standing.ratio),
        "reopens_at": end,
    }


def _opening(opening: Opening) -> Mapping[str, Any]:
    return {
        "name": opening.name,
        "cause": opening.cause.value,
        "at": time_text(opening.at),
        "until": time_text(opening.until),
        "program": opening.program or None,
        "budget": opening.budget or None,
        "reason": opening.reason,
    }


def _of_provider(budget: Budget, settings: Settings) -> Budget:
    """Return the budget with its source's provider in the place of the name that the user gave the source."""
    kinds = {source.name: source.kind for source in settings.sources}
    source = budget.scope.source
    return budget if source is None else replace(budget, scope=replace(budget.scope, source=kinds.get(source, source)))
