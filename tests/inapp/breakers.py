"""Breakers for the tests: a clock that is moved by hand, and one budget unless another is asked for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.core.budgets import Budget
from monitor.core.parsing.breaker_settings import DEFAULTS
from monitor.core.windows import Period
from monitor.inapp.breaker import Breaker
from monitor.ledger.ledger import Ledger
from tests.ledger.requests import NOON, usd

MIDNIGHT = datetime(2026, 11, 26, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAILY = Budget("daily", usd("1"), Period.DAY)


class Clock:
    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def breaker(
    place: Path | Ledger, *budgets: Budget, clock: Clock | None = None, settings: Any = None, **more: Any
) -> Breaker:
    """Return a breaker on the ledger of a folder; `settings` are those that differ from the default."""
    ledger = place if isinstance(place, Ledger) else Ledger(place / "ledger.sqlite3")
    chosen = replace(DEFAULTS, **(settings or {}))
    guarded: Sequence[Budget] = budgets or (DAILY,)
    return Breaker(ledger, guarded, settings=chosen, clock=clock or Clock(), **more)
