"""What one request can be at most. More is a broken figure, and would spoil every sum after it."""

from datetime import timedelta

from monitor.core.money import Money
from monitor.core.spending.usage import Usage

MOST_TOKENS = 10**10
MOST_COST = 10**6
LONGEST = timedelta(days=1)


class BeyondSense(ValueError):
    """`field` of a request is what no request can be; `why` says so, and holds no value."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field} {why}")
        self.field = field
        self.why = why


def can_cost(cost: Money) -> bool:
    """Tell whether a request may cost that."""
    return cost.amount.is_finite() and 0 <= cost.amount < MOST_COST


def check_sense(usage: Usage, cost: Money | None, latency: timedelta | None) -> None:
    """Raise BeyondSense where no request can be that, each by the name of what it is."""
    if usage.input_tokens > MOST_TOKENS:
        raise BeyondSense("input_tokens", f"is more than a request can have, which is {MOST_TOKENS:,}")
    if usage.output_tokens > MOST_TOKENS:
        raise BeyondSense("output_tokens", f"is more than a request can have, which is {MOST_TOKENS:,}")
    if cost is not None and not can_cost(cost):
        raise BeyondSense("cost", f"is not what a request costs, from 0 to below {MOST_COST:,}")
    if latency is not None and abs(latency) > LONGEST:
        raise BeyondSense("latency", f"is longer than a request takes, which is {LONGEST.days} day at most")
