"""How the breaker is set: one variable for each field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from decimal import Decimal
from typing import Any

from monitor.core.money import Money
from monitor.core.parsing.budget_settings import Said, read
from monitor.core.parsing.durations import duration_text, parse_duration
from monitor.core.parsing.fields import one_of, parse_boolean, parse_limit, parse_share
from monitor.core.parsing.problems import Problems
from monitor.core.spending.sense import MOST_COST, can_cost

PREFIX = "MONITOR_BREAKER__"
FIRST_ESTIMATE = Money(Decimal("0.10"), "USD")


@dataclass(frozen=True, slots=True)
class BreakerSettings:
    """`when_blind` is what the breaker is while the ledger cannot be used: `closed` lets requests through.

    `first_estimate` is for a request of which nothing is known, no limit of its answer and no former request.
    A count or a factor of 0 switches that detector off. `rate_factor` is how many times the usual requests a minute.
    """

    soft: Decimal = Decimal("0.8")
    when_blind: str = "closed"
    follow_daemon: bool = False
    first_estimate: Money = FIRST_ESTIMATE
    expiry: timedelta = timedelta(minutes=10)
    loop_repeats: int = 100
    loop_within: timedelta = timedelta(minutes=10)
    rate_factor: int = 20
    pause: timedelta = timedelta(minutes=15)
    program: str = ""


MEANINGS: Mapping[str, str] = {
    "soft": "the share of a limit from which the program is asked to save",
    "when_blind": "closed or open: whether requests pass while the ledger cannot be used",
    "follow_daemon": "whether an emergency of the daemon opens the breakers of this machine",
    "first_estimate": "what a request may cost of which nothing is known",
    "expiry": "how long money is held for a request that does not come back",
    "loop_repeats": "so many requests with the same prompt are a loop; 0 for never",
    "loop_within": "the time in which they are counted",
    "rate_factor": "so many times the usual requests a minute are a loop; 0 for never",
    "pause": "how long a loop opens the breaker",
    "program": "the name by which this program's loops are known",
}


def parse_count(text: str) -> int:
    """Read a whole number; raises ValueError."""
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise ValueError("is not a whole number of 0 or more")
    return int(text)


def _parse_estimate(text: str) -> Money:
    estimate = parse_limit(text)
    if not can_cost(estimate):
        raise ValueError(f"is not what a request costs, which is below {MOST_COST:,}")
    return estimate


_PARSERS: Mapping[str, Callable[[str], Any]] = {
    "soft": parse_share,
    "when_blind": lambda text: one_of(text, ["closed", "open"]),
    "follow_daemon": parse_boolean,
    "first_estimate": _parse_estimate,
    "expiry": parse_duration,
    "loop_repeats": parse_count,
    "loop_within": parse_duration,
    "rate_factor": parse_count,
    "pause": parse_duration,
    "program": str,
}
DEFAULTS = BreakerSettings()


def variable(field: str) -> str:
    """Return the variable that sets a field."""
    return f"{PREFIX}{field.upper()}"


def written_default(field: str) -> str:
    """Return the default of a field as it is written in its variable; empty: there is none."""
    match getattr(DEFAULTS, field):
        case bool() as chosen:
            return "true" if chosen else "false"
        case timedelta() as span:
            return duration_text(span)
        case Money() as money:
            return f"{money.amount} {money.currency}"
        case value:
            return str(value)


def read_breaker(said: Said, problems: Problems) -> BreakerSettings:
    """Return how the breaker is set; what is wrong is noted, and is the default."""
    chosen = {
        field.name: read(variable(field.name), _PARSERS[field.name], getattr(DEFAULTS, field.name), said, problems)
        for field in fields(BreakerSettings)
    }
    return BreakerSettings(**chosen)
