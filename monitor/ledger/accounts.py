"""How each budget stands, with what all processes spend and set aside: known in memory, and brought up to date fast."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime, tzinfo
from decimal import ROUND_CEILING, Decimal

from monitor.core.breaker import Opening, RequestLabels, Standing, counts
from monitor.core.budgets import Budget
from monitor.core.moments import micros
from monitor.core.parsing.breaker_settings import DEFAULTS
from monitor.core.rates import Rates
from monitor.core.windows import Window
from monitor.ledger.record import OK
from monitor.ledger.reservations import openings
from monitor.ledger.rows import series_number, tags_text
from monitor.ledger.sums import spent_by_series

_MOVEMENT = "SELECT seq, at, series, spent, reserved FROM movement"
_SINCE = f"{_MOVEMENT} WHERE seq >= ? ORDER BY seq"
_LAST = f"{_MOVEMENT} ORDER BY seq DESC LIMIT 1"
_MOST_KNOWN = 10_000


class Account:
    """One budget in the window that is now. Amounts are nano-units of its currency; from `near` on it is watched."""

    __slots__ = ("budget", "end", "limit", "near", "reserved", "spent", "start", "window")

    def __init__(self, budget: Budget, window: Window, soft: Decimal) -> None:
        self.budget = budget
        self.window = window
        self.start, self.end = micros(window.start), micros(window.end)
        self.limit = budget.limit.nano
        self.near = min(int((self.limit * soft).to_integral_value(ROUND_CEILING)), self.limit)
        self.spent = self.reserved = 0

    @property
    def standing(self) -> Standing:
        return Standing(self.budget, self.window, self.limit, self.spent, self.reserved)


# An account that counts a series, and what its amounts are multiplied by; None: its currency is the budget's.
Counted = tuple[Account, Decimal | None]


class Accounts:
    """To be used only within a transaction of the ledger, which also keeps threads apart.

    `soft` is the share of a limit from which a budget is near it.
    """

    def __init__(self, budgets: Sequence[Budget], zone: tzinfo, rates: Rates, soft: Decimal = DEFAULTS.soft) -> None:
        self.budgets = tuple(budgets)
        self.openings: tuple[Opening, ...] = ()
        self._zone = zone
        self._rates = rates
        self._soft = soft
        self._accounts: tuple[Account, ...] = ()
        self._last: tuple[int, ...] = ()
        self._current: Window | None = None
        self._by_series: dict[int, tuple[Counted, ...]] = {}
        self._series: dict[tuple[RequestLabels, str], int] = {}

    def forget(self) -> None:
        """Begin anew at the next look: what was read may not be what is in the file."""
        self._last = ()

    def catch_up(self, connection: sqlite3.Connection, now: datetime) -> None:
        """Take in what happened since the last look; raises sqlite3.Error."""
        if not self._last or (self._current is not None and now not in self._current):
            self._begin(connection, now)
            return
        rows = connection.execute(_SINCE, (self._last[0],)).fetchall()
        if not rows or rows[0] != self._last:
            # It was away for too long, or the file is another one, or what was read was never committed.
            self._begin(connection, now)
            return
        for row in rows[1:]:
            self._move(connection, *row[1:])
        self._last = rows[-1]

    def series(self, connection: sqlite3.Connection, labels: RequestLabels, currency: str) -> int:
        """Return the number under which a request of these labels is counted."""
        known = self._series.get((labels, currency))
        if known is None:
            who = (labels.provider, labels.model, labels.project, labels.user, labels.key)
            known = series_number(connection, (*who, tags_text(labels.tags), OK, currency))
            if len(self._series) >= _MOST_KNOWN:
                self._series.clear()
            self._series[labels, currency] = known
        return known

    def counting(self, connection: sqlite3.Connection, series: int) -> Sequence[Counted]:
        """Return the accounts that count a series."""
        known = self._by_series.get(series)
        if known is None:
            if len(self._by_series) >= _MOST_KNOWN:
                self._by_series.clear()
            known = self._by_series[series] = self._look_up(connection, series)
        return known

    def near(self, connection: sqlite3.Connection, series: int) -> Sequence[Standing]:
        """Return how those budgets stand that count a series, and are near their limit or beyond."""
        return [
            account.standing
            for account, _ in self.counting(connection, series)
            if account.spent + account.reserved >= account.near
        ]

    def standings(self) -> tuple[Standing, ...]:
        """Return how all budgets stand."""
        return tuple(account.standing for account in self._accounts)

    def _begin(self, connection: sqlite3.Connection, now: datetime) -> None:
        self._by_series.clear()
        self._series.clear()
        self._accounts = tuple(
            Account(budget, budget.period.window(now, self._zone), self._soft) for budget in self.budgets
        )
        windows = {account.window for account in self._accounts}
        self._current = (
            Window(max(window.start for window in windows), min(window.end for window in windows)) if windows else None
        )
        for window in windows:
            for series, nano in spent_by_series(connection, window).items():
                for account, factor in self.counting(connection, series):
                    if account.window == window:
                        account.spent += nano if factor is None else int(nano * factor)
        for row in connection.execute("SELECT at, series, 0, amount FROM reservation").fetchall():
            self._move(connection, *row)
        self.openings = openings(connection)
        self._last = connection.execute(_LAST).fetchone()

    def _move(self, connection: sqlite3.Connection, at: int, series: int, spent: int, reserved: int) -> None:
        if not series:
            self.openings = openings(connection)
            return
        for account, factor in self.counting(connection, series):
            if account.start <= at < account.end:
                account.spent += spent if factor is None else int(spent * factor)
                account.reserved += reserved if factor is None else int(reserved * factor)

    def _look_up(self, connection: sqlite3.Connection, series: int) -> tuple[Counted, ...]:
        row = connection.execute(
            "SELECT provider, model, project, user, key, tags, currency FROM series WHERE id = ?", (series,)
        ).fetchone()
        if row is None:
            return ()
        provider, model, project, user, key, tags, currency = row
        labels = RequestLabels(provider, model, project, user, key, tuple(json.loads(tags)))
        counted: list[Counted] = []
        for account in self._accounts:
            factor = self._rates.factor(currency, account.budget.limit.currency)
            if factor is not None and counts(account.budget.scope, labels):
                counted.append((account, None if factor == 1 else factor))
        return tuple(counted)
