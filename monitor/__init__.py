"""spend-monitor: the self-hosted smoke detector for AI API spend.

`monitor.core` decides, `monitor.daemon` acts, `monitor.inapp` guards; `monitor.ledger` and `monitor.prices` are what
the last two share. The names below are for applications. Each is loaded at its first use, so that an import costs
nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from monitor.core.errors import BudgetExceeded, LedgerError, MonitorError, Unpriced
    from monitor.core.spending.usage import Usage
    from monitor.inapp.breaker import Breaker
    from monitor.inapp.client import track
    from monitor.inapp.labels import labels
    from monitor.inapp.retrying import retrying
    from monitor.inapp.tracked import tracked
    from monitor.inapp.tracker import Tracker
    from monitor.ledger.ledger import Ledger
    from monitor.ledger.record import RequestRecord
    from monitor.prices.book import PriceBook, cost

__all__ = [
    "Breaker",
    "BudgetExceeded",
    "Ledger",
    "LedgerError",
    "MonitorError",
    "PriceBook",
    "RequestRecord",
    "Tracker",
    "Unpriced",
    "Usage",
    "cost",
    "labels",
    "retrying",
    "track",
    "tracked",
]

_HOMES = {
    "Breaker": "monitor.inapp.breaker",
    "BudgetExceeded": "monitor.core.errors",
    "Ledger": "monitor.ledger.ledger",
    "LedgerError": "monitor.core.errors",
    "MonitorError": "monitor.core.errors",
    "PriceBook": "monitor.prices.book",
    "RequestRecord": "monitor.ledger.record",
    "Tracker": "monitor.inapp.tracker",
    "Unpriced": "monitor.core.errors",
    "Usage": "monitor.core.spending.usage",
    "cost": "monitor.prices.book",
    "labels": "monitor.inapp.labels",
    "retrying": "monitor.inapp.retrying",
    "track": "monitor.inapp.client",
    "tracked": "monitor.inapp.tracked",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
