"""What happens in the demo: some ordinary weeks, and then the night of the loop."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from monitor.daemon.demo.account import Charge

BUDGET = Decimal(500)
DAILY_BUDGET = Decimal(25)
FIRST_DAY = datetime(2026, 3, 1, tzinfo=UTC)
LOOP_STARTS = datetime(2026, 3, 20, 1, 10, tzinfo=UTC)
MORNING = datetime(2026, 3, 20, 9, 10, tzinfo=UTC)
LOOP_PER_HOUR = Decimal(50)
# (model, dollars per million tokens, share of the ordinary work)
MODELS = (
    ("gpt-4.1", Decimal(8), 0.5),
    ("claude-sonnet-4.5", Decimal(15), 0.3),
    ("deepseek-v3.2", Decimal("0.42"), 0.2),
)


def charges() -> tuple[Charge, ...]:
    """Return the charges of the whole story, in order of time."""
    return tuple(sorted((*_ordinary(), *_loop()), key=lambda charge: charge.at))


def _ordinary() -> list[Charge]:
    """People at work: $6 to $12 on a weekday, little at the weekend."""
    rng = random.Random(20260301)  # noqa: S311 - the same story each time.
    rows = []
    day = FIRST_DAY
    while day < LOOP_STARTS - timedelta(hours=2):
        dollars = rng.uniform(6, 12) if day.weekday() < 5 else rng.uniform(0.5, 2)
        for hour in range(8, 20):
            model, price, _ = rng.choices(MODELS, weights=[share for _, _, share in MODELS])[0]
            cost = Decimal(dollars / 12).quantize(Decimal("0.0001"))
            rows.append(_charge(day + timedelta(hours=hour, minutes=rng.randrange(60)), model, cost, price))
        day += timedelta(days=1)
    return rows


def _loop() -> list[Charge]:
    """One script that asks gpt-4.1 again and again, every minute until someone comes to work."""
    minutes = int((MORNING - LOOP_STARTS) / timedelta(minutes=1))
    each = (LOOP_PER_HOUR / 60).quantize(Decimal("0.0001"))
    return [_charge(LOOP_STARTS + timedelta(minutes=n), "gpt-4.1", each, Decimal(8)) for n in range(minutes)]


def _charge(at: datetime, model: str, cost: Decimal, per_million: Decimal) -> Charge:
    return Charge(at, model, cost, int(cost / per_million * 1_000_000))
