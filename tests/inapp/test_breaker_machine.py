"""Whatever several processes do, in whatever order: never more than one estimate beyond the limit, never too early."""

import tempfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from monitor.core.budgets import Budget
from monitor.core.errors import BudgetExceeded
from monitor.core.money import Money
from monitor.core.windows import Period
from monitor.inapp.reservation import Reservation
from monitor.ledger.ledger import Ledger
from tests.inapp.breakers import Clock, breaker
from tests.ledger.requests import NOON, request

LIMIT = 1_000
EXPIRY = timedelta(minutes=10)
NANO = st.integers(1, 400)


class World(RuleBasedStateMachine):
    """Three processes on one ledger, and beside it the simplest account of the same that there is."""

    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.path = Path(self.folder.name) / "ledger.sqlite3"
        hourly = Budget("hourly", Money.of_nano(LIMIT, "USD"), Period.HOUR)
        self.ledgers = [Ledger(self.path) for _ in range(3)]
        chosen = {"expiry": EXPIRY}
        self.breakers = [breaker(ledger, hourly, clock=self.clock, settings=chosen) for ledger in self.ledgers]
        # What the account knows: what was spent, when and how much; what is held, since when.
        self.spent: list[tuple[datetime, int]] = []
        self.on_their_way: dict[Reservation, tuple[datetime, int]] = {}
        # What was settled after its time: others may have had the money by then.
        self.late: list[tuple[datetime, int]] = []
        self.records = 0
        self.dearest = 0

    def teardown(self) -> None:
        for ledger in self.ledgers:
            ledger.close()
        self.folder.cleanup()

    def this_hour(self, amounts: Iterable[tuple[datetime, int]]) -> int:
        return sum(nano for at, nano in amounts if self.is_now(at))

    def is_now(self, at: datetime) -> bool:
        return at.replace(minute=0, second=0) == self.clock.now.replace(minute=0, second=0)

    @rule(target=held, process=st.integers(0, 2), nano=NANO)
    def reserve(self, process: int, nano: int) -> Reservation:
        self.expire()
        full = self.this_hour(self.spent) + self.this_hour(self.on_their_way.values()) >= LIMIT
        reservation = self.breakers[process].reserve(Money.of_nano(nano, "USD"))
        try:
            reservation.__enter__()
        except BudgetExceeded as refused:
            assert full
            assert refused.reopens_at == Period.HOUR.window(self.clock.now, NOON.tzinfo).end  # type: ignore[arg-type]
            return reservation
        assert not full
        self.dearest = max(self.dearest, nano)
        self.on_their_way[reservation] = (self.clock.now, nano)
        return reservation

    @rule(reservation=consumes(held), share=st.integers(0, 100), recorded=st.booleans())
    def settle(self, reservation: Reservation, share: int, *, recorded: bool) -> None:
        if reservation.estimate is None:
            return
        self.expire()
        at, cost = self.begun(reservation), reservation.estimate.nano * share // 100
        if self.on_their_way.pop(reservation, None) is None:
            self.late.append((at, cost))
        if recorded:
            self.record(at, cost)
        reservation.settle(Money.of_nano(cost, "USD"), recorded=recorded)
        self.spent.append((at, cost))

    @rule(reservation=consumes(held))
    def release(self, reservation: Reservation) -> None:
        if reservation.estimate is not None:
            self.on_their_way.pop(reservation, None)
            reservation.release()

    @rule(reservation=consumes(held))
    def kill(self, reservation: Reservation) -> None:
        """The process is gone: nobody ends it, and its time does."""

    @rule(minutes=st.integers(1, 40))
    def wait(self, minutes: int) -> None:
        self.clock.now += timedelta(minutes=minutes)

    @rule(process=st.integers(0, 2))
    def restart(self, process: int) -> None:
        self.ledgers[process].close()
        hourly = self.breakers[process].budgets
        chosen = {"expiry": EXPIRY}
        self.breakers[process] = breaker(self.ledgers[process], *hourly, clock=self.clock, settings=chosen)

    @invariant()
    def every_process_knows_the_same(self) -> None:
        for process in self.breakers:
            (standing,) = process.standings()
            assert standing.spent_nano == self.this_hour(self.spent)

    @invariant()
    def no_more_is_spent_than_the_limit_and_one_estimate(self) -> None:
        assert self.this_hour(self.spent) < LIMIT + max(self.dearest, 1) + self.this_hour(self.late)

    def expire(self) -> None:
        over = [one for one, (at, _) in self.on_their_way.items() if self.clock.now >= at + EXPIRY]
        for one in over:
            self.on_their_way.pop(one)

    def begun(self, reservation: Reservation) -> datetime:
        assert reservation._hold is not None
        return reservation._hold.at

    def record(self, at: datetime, nano: int) -> None:
        self.records += 1
        self.ledgers[0].record(request(self.records, at=at, cost=Money.of_nano(nano, "USD")))


World.TestCase.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestWorld = World.TestCase
