"""What is set aside for requests on their way: decided, settled and given back, each in one transaction."""

import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from monitor.core.breaker import Opening, RequestLabels, Standing, opened, refusing
from monitor.core.errors import BudgetExceeded, Cause, LedgerError
from monitor.core.money import Money
from monitor.core.parsing.breaker_settings import BreakerSettings
from monitor.inapp.guard import say_once
from monitor.inapp.learned import Learned
from monitor.inapp.loops import Loops
from monitor.inapp.nesting import count_request
from monitor.inapp.reservation import Hold
from monitor.inapp.sight import Sight
from monitor.ledger.accounts import Accounts
from monitor.ledger.ledger import Ledger
from monitor.ledger.record import RequestRecord
from monitor.ledger.reservations import end, expire, new_id, open_breaker, reserve, stand

log = logging.getLogger("monitor.breaker")

_EXPIRE_EVERY = timedelta(minutes=1)
_MOST_TOLD = 1_000


class Holdings:
    """The one place where requests of this process are let through or refused."""

    def __init__(
        self,
        ledger: Ledger,
        accounts: Accounts,
        settings: BreakerSettings,
        program: str,
        clock: Callable[[], datetime],
    ) -> None:
        self.sight = Sight(ledger, settings.when_blind, accounts.forget)
        self._ledger = ledger
        self._accounts = accounts
        self._settings = settings
        self._program = program
        self._clock = clock
        self._loops = Loops(settings)
        self._learned = Learned()
        self._expire_at: datetime | None = None
        self._told: set[tuple[str, datetime | None]] = set()
        # Those that ended while the ledger could not be written.
        self._ended: deque[int] = deque()

    def hold(self, labels: RequestLabels, bound: Money | None, prompt_hash: bytes | None, now: datetime) -> Hold:
        """Set the bound aside, or what is learned for the model; raises BudgetExceeded."""
        loop = self._loops.seen(prompt_hash, now)
        try:
            outcome = self.sight.write(lambda connection: self._decide(connection, labels, bound, loop, now))
        except LedgerError as error:
            if self._settings.when_blind == "open":
                raise BudgetExceeded("ledger", cause=Cause.BLIND, reason=str(error)) from error
            if loop is not None:
                # It was seen in memory: nothing else is needed to know it.
                raise self._refusal(self._loop(loop, now)) from error
            return Hold(labels, now, bound or self._settings.first_estimate)
        if isinstance(outcome, BudgetExceeded):
            self._tell(outcome)
            raise outcome
        return outcome

    def settle(self, hold: Hold, cost: Money | None, *, recorded: bool) -> None:
        """Replace what was set aside by what was spent; the ledger's troubles are not the caller's."""
        record = None if recorded else self._record(hold, cost)
        if cost is not None:
            self._learned.add(hold.labels.provider, hold.labels.model, cost)
        if record is not None:
            count_request()
        over = stand if recorded and cost is None else end

        def write(connection: sqlite3.Connection) -> None:
            if record is not None:
                self._ledger.insert(connection, record)
            if hold.identity is not None:
                over(connection, hold.identity)

        try:
            self.sight.write(write)
        except Exception as error:  # noqa: BLE001 - the request was sent, and what came of it reaches the customer.
            if not isinstance(error, LedgerError):
                say_once("a reservation could not be settled", error)
            if record is not None:
                self._ledger.record(record)
            if hold.identity is not None:
                self._ended.append(hold.identity)

    def give_back(self, hold: Hold) -> None:
        """End what was set aside, of which nothing was spent."""
        identity = hold.identity
        if identity is None:
            return
        try:
            self.sight.write(lambda connection: end(connection, identity))
        except LedgerError:
            self._ended.append(identity)

    def openings(self) -> Sequence[Opening]:
        """Return what may hold this breaker open, as far as was read."""
        follows = self._settings.follow_daemon
        return [one for one in self._accounts.openings if follows or one.cause is not Cause.EMERGENCY]

    def _decide(
        self,
        connection: sqlite3.Connection,
        labels: RequestLabels,
        bound: Money | None,
        loop: str | None,
        now: datetime,
    ) -> Hold | BudgetExceeded:
        while self._ended:
            end(connection, self._ended.popleft())
        if self._expire_at is None or now >= self._expire_at:
            self._expire_at = now + _EXPIRE_EVERY
            expire(connection, now)
        accounts = self._accounts
        accounts.catch_up(connection, now)
        if loop is not None:
            opening = self._loop(loop, now)
            open_breaker(connection, opening)
            return self._refusal(opening)
        estimate = bound or self._learned.most(connection, labels.provider, labels.model)
        estimate = estimate or self._settings.first_estimate
        series = accounts.series(connection, labels, estimate.currency)
        if accounts.openings:
            budgets = [account.budget for account, _ in accounts.counting(connection, series)]
            opening_now = opened(self.openings(), self._program, budgets, accounts.budgets, now)
            if opening_now is not None:
                return self._refusal(opening_now)
        near = accounts.near(connection, series)
        refused = refusing(near)
        if refused is not None and expire(connection, now):
            accounts.catch_up(connection, now)
            near = accounts.near(connection, series)
            refused = refusing(near)
        if refused is not None:
            return _used_up(refused)
        identity = new_id()
        reserve(connection, identity, series, estimate.nano, now, now + self._settings.expiry)
        return Hold(labels, now, estimate, identity, tuple(near))

    def _record(self, hold: Hold, cost: Money | None) -> RequestRecord:
        labels = hold.labels
        return RequestRecord(
            request_id=f"reservation-{new_id() if hold.identity is None else hold.identity:x}",
            at=hold.at,
            provider=labels.provider,
            model=labels.model,
            cost=hold.estimate if cost is None else cost,
            latency=max(self._clock() - hold.at, timedelta()),
            project=labels.project,
            user=labels.user,
            key=labels.key,
            tags=labels.tags,
            estimated=cost is None,
        )

    def _loop(self, reason: str, now: datetime) -> Opening:
        name = f"loop:{self._program}"
        return Opening(name, Cause.LOOP, now, now + self._settings.pause, self._program, reason=reason)

    def _refusal(self, opening: Opening) -> BudgetExceeded:
        named = opening.budget or opening.name
        return BudgetExceeded(named, reopens_at=opening.until, cause=opening.cause, reason=opening.reason)

    def _tell(self, refusal: BudgetExceeded) -> None:
        """Say that the breaker has opened, once for each cause and end of it."""
        if (refusal.budget, refusal.reopens_at) not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add((refusal.budget, refusal.reopens_at))
            log.warning("%s", refusal)


def _used_up(standing: Standing) -> BudgetExceeded:
    limit = standing.budget.limit
    return BudgetExceeded(standing.budget.name, standing.spent, limit, standing.reopens_at, standing.reserved)
