"""`Breaker`: refuses the next request before the money is gone."""

import logging
import os
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Self

from monitor.core.breaker import Circuit, RequestLabels, Standing, opened, refusing
from monitor.core.budgets import Budget
from monitor.core.errors import MonitorError
from monitor.core.money import Money
from monitor.core.parsing.breaker_settings import DEFAULTS, BreakerSettings
from monitor.core.rates import Rates
from monitor.inapp.environment import read_environment
from monitor.inapp.free import Free
from monitor.inapp.guard import say_once
from monitor.inapp.holdings import Holdings
from monitor.inapp.nesting import make_way
from monitor.inapp.reservation import Amount, Hold, Reservation, money_of
from monitor.ledger.accounts import Accounts
from monitor.ledger.ledger import Ledger
from monitor.ledger.reservations import close_breaker, open_by_hand

if TYPE_CHECKING:
    from monitor.prices.book import PriceBook

log = logging.getLogger("monitor.breaker")


def _now() -> datetime:
    return datetime.now(UTC)


class Breaker:
    """Sets an upper bound of each request's cost aside, in the ledger that all processes of this machine share.

    While anything of a budget is left a request passes, whatever it may cost; so a budget is overspent by one request
    at most. `on_soft` is called once for each budget and window, when it has reached the share of the settings. `zone`
    is whose days, weeks and months count. `prices` tell which models are free. `clock` gives the aware time.
    """

    def __init__(
        self,
        ledger: Ledger,
        budgets: Sequence[Budget],
        *,
        settings: BreakerSettings = DEFAULTS,
        zone: tzinfo = UTC,
        rates: Rates | None = None,
        prices: "PriceBook | None" = None,
        on_soft: Callable[[Standing], None] | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.ledger = ledger
        self.settings = settings
        self.program = settings.program or Path(sys.argv[0]).name or "python"
        self._accounts = Accounts(budgets, zone, rates or Rates(), settings.soft)
        self._holdings = Holdings(ledger, self._accounts, settings, self.program, clock)
        self._free = Free(prices)
        self._on_soft = on_soft
        self._clock = clock
        self._softened: set[tuple[str, datetime]] = set()

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] = os.environ,
        *,
        ledger: Ledger | None = None,
        prices: "PriceBook | None" = None,
        on_soft: Callable[[Standing], None] | None = None,
    ) -> Self:
        """Return the breaker of the environment, whose budgets are those of the daemon.

        Raises:
            SettingsError, ValueError: a variable is wrong.
        """
        from monitor.prices.book import PriceBook

        found = read_environment(environ)
        if not found.budgets:
            log.warning("the breaker has no budget to guard: set MONITOR_MONTHLY_BUDGET")
        return cls(
            ledger or Ledger.from_env(environ),
            found.budgets,
            settings=found.settings,
            zone=found.zone,
            rates=found.rates,
            prices=prices or PriceBook.from_env(environ),
            on_soft=on_soft,
        )

    @property
    def budgets(self) -> tuple[Budget, ...]:
        return self._accounts.budgets

    def reserve(
        self,
        estimate: Amount = None,
        *,
        model: str = "",
        provider: str = "",
        project: str = "",
        user: str = "",
        key: str = "",
        tags: Sequence[str] = (),
        prompt_hash: bytes | None = None,
    ) -> Reservation:
        """Return a block that sets an upper bound of a request's cost aside for as long as it lasts.

        `estimate` is Money, or a Decimal in US dollars; None: as much as the last requests to the model did cost; zero:
        it is free, and passes. `prompt_hash` tells a prompt from others, to find loops. Entering the block raises
        BudgetExceeded where the request may not be sent.

        Raises:
            ValueError, TypeError: the estimate is no amount.
        """
        bound = None if estimate is None else money_of(estimate)
        labels = RequestLabels(provider, model, project, user, key, tuple(tags))
        return Reservation(lambda: self._hold(labels, bound, prompt_hash), self._holdings)

    def open(self, reason: str = "", until: datetime | None = None) -> None:
        """Refuse everything that costs, in all programs that share this ledger; raises LedgerError."""
        now = self._clock()
        self._holdings.sight.write(lambda connection: open_by_hand(connection, now, until, reason))

    def close(self) -> None:
        """End all that was opened by hand, for a loop or by the daemon; budgets stay. Raises LedgerError."""
        self._holdings.sight.write(close_breaker)

    def standings(self) -> tuple[Standing, ...]:
        """Return how all budgets stand now; raises LedgerError."""
        return self._holdings.sight.write(self._stand)

    @property
    def circuit(self) -> Circuit:
        """How the breaker is for a request that all budgets count; raises LedgerError."""
        standings, now = self.standings(), self._clock()
        if refusing(standings) or opened(self._holdings.openings(), self.program, self.budgets, self.budgets, now):
            return Circuit.OPEN
        soft = any(standing.has_reached(self.settings.soft) for standing in standings)
        return Circuit.SOFT if soft else Circuit.CLOSED

    def _stand(self, connection: sqlite3.Connection) -> tuple[Standing, ...]:
        self._accounts.catch_up(connection, self._clock())
        return self._accounts.standings()

    def _hold(self, labels: RequestLabels, bound: Money | None, prompt_hash: bytes | None) -> Hold:
        make_way(self.ledger.path)
        now = self._clock()
        if not bound.amount if bound else self._free.includes(labels.provider, labels.model, now):
            return Hold(labels, now, Money.zero("USD"))
        try:
            hold = self._holdings.hold(labels, bound, prompt_hash, now)
        except MonitorError:
            raise
        except Exception as error:  # noqa: BLE001 - a bug of ours is no reason to refuse.
            say_once("the breaker failed", error)
            return Hold(labels, now, bound or self.settings.first_estimate)
        for standing in hold.soft:
            self._soften(standing)
        return hold

    def _soften(self, standing: Standing) -> None:
        """Call the customer's own function, once for each budget and window; a bug there is no reason to refuse."""
        name, end = standing.budget.name, standing.window.end
        if (name, end) in self._softened:
            return
        self._softened = {other for other in self._softened if other[0] != name} | {(name, end)}
        log.warning(
            "%s of the budget %s are spent or held, of %s",
            standing.spent + standing.reserved,
            name,
            standing.budget.limit,
        )
        if self._on_soft is not None:
            try:
                self._on_soft(standing)
            except Exception as error:  # noqa: BLE001 - as above.
                say_once("the function for a budget that is nearly used up failed", error)
