"""One trace: an account, what goes wrong in it, and what its provider shows of that."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from monitor.core.alerting.alerts import Rule
from monitor.core.budgets import Budget, Severity
from monitor.core.errors import SourceUnavailable
from monitor.core.money import Money
from monitor.core.replaying.replay import Look
from monitor.core.spending.readings import Observation, Reading
from monitor.core.windows import Period, Window
from tests.traces.accounts import Account

NAME = "account"
SPEED = frozenset({Rule.BURN_RATE, Rule.SPIKE})
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
# Around an incident the polls are as close as they really are.
CLOSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Incident:
    """Something wrong in `[start, end)`, to be told by one of `rules`, as bad as `severity` at least.

    `rate` is what it costs in dollars an hour.
    """

    what: str
    start: datetime
    end: datetime
    severity: Severity
    rate: float = 0.0
    rules: frozenset[Rule] = SPEED

    def rate_at(self, moment: datetime) -> float:
        return self.rate if self.start <= moment < self.end else 0.0


@dataclass(frozen=True, slots=True)
class Trace:
    """`days` of an account from `start` on. Its provider shows what is `lag` old, and nothing within `outages`.

    `grows` multiplies what is ordinary. It is polled every `step`, and every minute as an incident of speed begins.
    """

    name: str
    about: str
    account: Account
    budgets: tuple[Budget, ...]
    start: datetime
    days: int
    step: timedelta = timedelta(minutes=15)
    incidents: tuple[Incident, ...] = ()
    outages: tuple[Window, ...] = ()
    lag: timedelta = timedelta()
    grows: Callable[[int], float] = lambda day: 1.0  # noqa: ARG005

    @property
    def end(self) -> datetime:
        return self.start + DAY * self.days

    def times(self) -> tuple[datetime, ...]:
        """Return when it is polled."""
        coarse = {self.start + self.step * number for number in range(DAY * self.days // self.step + 1)}
        close = {
            incident.start - 2 * MINUTE + MINUTE * number
            for incident in self.incidents
            if incident.rate
            for number in range(CLOSE // MINUTE)
        }
        return tuple(sorted(coarse | close))

    def spent(self) -> Iterator[tuple[datetime, Decimal]]:
        """Yield what was spent since the poll before, at each poll; the first begins at nothing."""
        yield self.start, Decimal(0)
        for before, after in pairwise(self.times()):
            day = (before - self.start) // DAY
            rate = self.account.rate(before) * self.grows(day) + sum(one.rate_at(before) for one in self.incidents)
            yield after, Decimal(f"{rate * ((after - before) / HOUR):.6f}")

    def looks(self) -> Iterator[Look]:
        """Yield what each poll brings home: the month and the day so far, and for a day more what came late of both."""
        shown: list[tuple[datetime, Decimal]] = list(self.spent())
        totals: dict[Window, Decimal] = {}
        told = 0
        for now, _ in shown:
            while told < len(shown) and shown[told][0] + self.lag <= now:
                at, cost = shown[told]
                for window in windows_at(at - timedelta(microseconds=1)):
                    totals[window] = totals.get(window, Decimal(0)) + cost
                told += 1
            if any(now in outage for outage in self.outages):
                yield Look(NAME, now, SourceUnavailable("timed out"))
                continue
            fresh = [window for window in totals if window.end > now - DAY - self.lag]
            readings = tuple(Reading(window, Money(totals[window], "USD")) for window in fresh)
            yield Look(NAME, now, Observation(readings, now - self.lag, timedelta()))


def windows_at(moment: datetime) -> tuple[Window, Window]:
    return Period.MONTH.window(moment, UTC), Period.DAY.window(moment, UTC)
