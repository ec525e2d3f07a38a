"""What is known of one source: its spend and how it is; kept in a file of its own."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from monitor.core.spending.health import Health
from monitor.core.spending.readings import Observation, RateLimit
from monitor.core.spending.spend import Spend
from monitor.core.spending.trail import Grain, Trail

# For counting the polls of whole days, a month back.
POLLS: Grain = ((timedelta(days=1), timedelta(hours=1)), (timedelta(days=33), timedelta(hours=6)))


@dataclass(frozen=True, slots=True)
class SourceState:
    """The newest of one source. `polls` is how the number of good polls grew; `lost` are requests of this month."""

    spend: Spend
    health: Health = field(default_factory=Health)
    rate_limits: tuple[RateLimit, ...] = ()
    clock_skew: timedelta | None = None
    polls: Trail = field(default_factory=Trail)
    lost: int = 0

    def after(self, seen: Observation | Exception, now: datetime) -> "SourceState":
        """Return it after one poll. A failure leaves the last good figures as they are, with their age."""
        if isinstance(seen, Exception):
            return replace(self, health=self.health.failed(seen, now))
        after = replace(
            self,
            spend=self.spend.record(seen, now),
            rate_limits=seen.rate_limits,
            clock_skew=seen.clock_skew,
            lost=seen.lost,
        )
        if seen.error is not None:
            return replace(after, health=self.health.failed(seen.error, now))
        polls = self.polls.grown(Decimal(1), now, grain=POLLS)
        return replace(after, health=self.health.succeeded(now), polls=polls)
