"""When the next request is refused: what a request is counted under, how a budget stands, and who may pass."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from monitor.core.budgets import Budget, Scope
from monitor.core.errors import Cause
from monitor.core.money import Money
from monitor.core.windows import FOREVER, Window

# Providers answer with the dated name of what was asked for: gpt-4.1-2025-04-14, claude-sonnet-4-5-20250929.
_VERSION = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{8}|\d{4}|\d{3}|latest)")


class Circuit(StrEnum):
    """Closed lets requests through; soft does too, and says that it will not for long; open refuses."""

    CLOSED = "closed"
    SOFT = "soft"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class RequestLabels:
    """What a request is counted under; empty ones are none."""

    provider: str = ""
    model: str = ""
    project: str = ""
    user: str = ""
    key: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """How a budget stands in one window: what is spent of it, and what requests on their way may still cost.

    In billionths of the unit of the budget's currency: it is asked before each request, and whole numbers are quick.
    """

    budget: Budget
    window: Window
    limit_nano: int
    spent_nano: int
    reserved_nano: int

    @property
    def is_used_up(self) -> bool:
        """While anything is left the next request passes, whatever it may cost: only it can go beyond the limit."""
        return self.spent_nano + self.reserved_nano >= self.limit_nano

    def has_reached(self, share: Decimal) -> bool:
        return self.spent_nano + self.reserved_nano >= self.limit_nano * share

    @property
    def ratio(self) -> Decimal:
        return Decimal(self.spent_nano + self.reserved_nano) / self.limit_nano

    @property
    def spent(self) -> Money:
        return Money.of_nano(self.spent_nano, self.budget.limit.currency)

    @property
    def reserved(self) -> Money:
        return Money.of_nano(self.reserved_nano, self.budget.limit.currency)

    @property
    def reopens_at(self) -> datetime | None:
        """When the window ends; None: it never does."""
        return None if self.window == FOREVER else self.window.end

    def circuit(self, soft: Decimal) -> Circuit:
        if self.is_used_up:
            return Circuit.OPEN
        return Circuit.SOFT if self.has_reached(soft) else Circuit.CLOSED


@dataclass(frozen=True, slots=True)
class Opening:
    """The breaker is open, whatever was spent: for all programs, or for one; `name` is by what it can be closed.

    Of a `budget` it refuses only what that budget counts. `until` None: until somebody closes it.
    """

    name: str
    cause: Cause
    at: datetime
    until: datetime | None = None
    program: str = ""
    budget: str = ""
    reason: str = ""

    def holds(self, now: datetime) -> bool:
        return self.until is None or now < self.until


def counts(scope: Scope, labels: RequestLabels) -> bool:
    """Tell whether a budget of this scope counts a request. Its source is the request's provider; `ledger` is all."""
    return (
        scope.source in (None, "ledger", labels.provider)
        and (scope.model is None or is_model(scope.model, labels.model))
        and scope.project in (None, labels.project)
        and scope.user in (None, labels.user)
        and scope.key in (None, labels.key)
        and (scope.tag is None or scope.tag in labels.tags)
    )


def refusing(standings: Iterable[Standing]) -> Standing | None:
    """Return the budget that refuses a request counted by all of these: of several the one that reopens last."""
    used_up = [standing for standing in standings if standing.is_used_up]
    return max(used_up, key=lambda standing: standing.window.end, default=None)


def opened(
    openings: Iterable[Opening], program: str, counting: Sequence[Budget], known: Sequence[Budget], now: datetime
) -> Opening | None:
    """Return what holds the breaker open for a request of `program` that the budgets `counting` count.

    One of a budget that is not among `known` is of all requests: better too much than too little.
    """
    names = {budget.name for budget in counting}
    others = {budget.name for budget in known} - names
    holding = [
        opening
        for opening in openings
        if opening.holds(now) and opening.program in ("", program) and opening.budget not in others
    ]
    return max(holding, key=lambda opening: (opening.until is None, opening.until or opening.at), default=None)


def is_model(wanted: str, answered: str) -> bool:
    """Tell whether a model was asked for under this name: an answer may name its dated version."""
    if wanted == answered:
        return True
    return answered.startswith(wanted) and _VERSION.fullmatch(answered, len(wanted)) is not None
