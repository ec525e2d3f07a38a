"""Whether the ledger can be used now, which is said aloud whenever that changes."""

import logging
import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

from monitor.core.errors import LedgerError
from monitor.ledger.connection import is_busy
from monitor.ledger.ledger import Ledger

log = logging.getLogger("monitor.breaker")

# A file that many processes write at once is well; a request waits for its turn, which may be long on a busy machine.
_LONGEST_TURN = 5.0
# While the ledger cannot be used, only so often a request looks whether it can be again.
_LOOK_EVERY = 1.0

_T = TypeVar("_T")


class Sight:
    """Runs what the breaker does in the ledger. `forget` is called when a part of it may be undone."""

    def __init__(self, ledger: Ledger, when_blind: str, forget: Callable[[], None]) -> None:
        self._ledger = ledger
        self._when_blind = when_blind
        self._forget = forget
        self._look_at: float | None = None

    def write(self, act: Callable[[sqlite3.Connection], _T]) -> _T:
        """Return what `act` does in one transaction, which is tried again while other processes write.

        Raises:
            LedgerError: the ledger cannot be used; nothing was written.
        """
        if self._look_at is not None and time.monotonic() < self._look_at:
            raise LedgerError(f"the ledger at {self._ledger.path} could not be used a moment ago")
        deadline = None
        while True:
            try:
                with self._ledger.transaction() as connection:
                    done = act(connection)
            except LedgerError as error:
                self._forget()
                now = time.monotonic()
                deadline = deadline or now + _LONGEST_TURN
                if self._look_at is None and _is_busy(error) and now < deadline:
                    continue
                self._lose(error)
                raise
            except BaseException:
                self._forget()
                raise
            if self._look_at is not None:
                self._look_at = None
                log.warning("the breaker sees the ledger again")
            return done

    def _lose(self, error: LedgerError) -> None:
        if self._look_at is None:
            meanwhile = "refuses all that costs" if self._when_blind == "open" else "lets everything pass"
            log.error("the breaker is blind and %s (MONITOR_BREAKER__WHEN_BLIND): %s", meanwhile, error)
        self._look_at = time.monotonic() + _LOOK_EVERY


def _is_busy(error: LedgerError) -> bool:
    return isinstance(error.__cause__, sqlite3.Error) and is_busy(error.__cause__)
