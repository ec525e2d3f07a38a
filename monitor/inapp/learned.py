"""What a request to a model may cost, from what the last ones did cost."""

import sqlite3
from collections import deque

from monitor.core.money import Money
from monitor.ledger.reservations import last_costs

_LAST = 100
_MOST_MODELS = 1_000


class Learned:
    """The dearest of the last requests to each model; those of former runs are read from the ledger once.

    To be used within a transaction of the ledger, `add` excepted.
    """

    def __init__(self) -> None:
        self._costs: dict[tuple[str, str], deque[Money]] = {}

    def add(self, provider: str, model: str, cost: Money) -> None:
        """Remember what a request did cost; one that failed and was free says nothing."""
        known = self._costs.get((provider, model))
        if known is not None and cost.amount:
            known.append(cost)

    def most(self, connection: sqlite3.Connection, provider: str, model: str) -> Money | None:
        """Return what a request hardly costs more than; None: there was none that cost anything."""
        known = self._costs.get((provider, model))
        if known is None:
            if len(self._costs) >= _MOST_MODELS:
                self._costs.clear()
            known = deque(last_costs(connection, provider, model, _LAST), maxlen=_LAST)
            self._costs[provider, model] = known
        if not known:
            return None
        currency = known[-1].currency
        return max((cost for cost in known if cost.currency == currency), key=lambda cost: cost.amount)
