"""The daemon's hand on the breakers of this machine: open while an emergency on a budget goes on."""

import asyncio
from collections.abc import Callable, Iterable, Mapping

import structlog

from monitor.core.alerting.alerts import Alert
from monitor.core.breaker import Opening
from monitor.core.budgets import Severity
from monitor.core.errors import Cause, LedgerError
from monitor.core.windows import FOREVER
from monitor.ledger.ledger import Ledger
from monitor.ledger.reservations import close_breaker, open_breaker, openings

log = structlog.get_logger()

TRY_AGAIN_SECONDS = 5.0
_BUDGET = "budget:"


def wanted(alerts: Iterable[Alert]) -> Mapping[str, Opening]:
    """Return what is to be open, by name: one opening for each budget with an emergency, until its window ends."""
    found: dict[str, Opening] = {}
    for alert in alerts:
        if alert.firing and alert.severity is Severity.EMERGENCY and alert.about.startswith(_BUDGET):
            budget = alert.about.removeprefix(_BUDGET)
            window = alert.window
            until = None if window is None or window == FOREVER else window.end
            name = f"emergency:{budget}"
            found.setdefault(name, Opening(name, Cause.EMERGENCY, alert.since, until, "", budget, alert.summary))
    return found


class HostBreaker:
    """Writes what `alerts` want into the ledger, as often as that changes; a person may close it before its time."""

    def __init__(self, ledger: Ledger, alerts: Callable[[], Iterable[Alert]]) -> None:
        self._ledger = ledger
        self._alerts = alerts
        self._changed = asyncio.Event()
        self._written: frozenset[tuple[str, object]] | None = None
        self._failing = False

    def wake(self) -> None:
        """Look at the alerts: something may have changed."""
        self._changed.set()

    async def run(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            if not await self.follow():
                await asyncio.sleep(TRY_AGAIN_SECONDS)
                self._changed.set()

    async def follow(self) -> bool:
        """Open and close what the alerts want; return whether that is written now."""
        asked = wanted(self._alerts())
        known = frozenset((name, opening.until) for name, opening in asked.items())
        if known == self._written:
            return True
        try:
            await asyncio.to_thread(self._write, asked)
        except LedgerError as error:
            if not self._failing:
                log.error("the breakers of this machine cannot be reached", error=str(error))  # noqa: TRY400
            self._failing = True
            return False
        if known or self._written:
            log.warning("the breakers of this machine follow", open_for=sorted(asked))
        self._written, self._failing = known, False
        return True

    def _write(self, asked: Mapping[str, Opening]) -> None:
        with self._ledger.transaction() as connection:
            kept = {opening.name for opening in openings(connection) if opening.cause is Cause.EMERGENCY}
            for name in kept - asked.keys():
                close_breaker(connection, name)
            # One that a person has closed stays so: it is opened when it is new.
            before = {name for name, _ in self._written or ()}
            for name, opening in asked.items():
                if name in kept or name not in before:
                    open_breaker(connection, opening)
