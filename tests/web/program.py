"""A program of the company that keeps a ledger: who asks for what, for some weeks until a moment."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from monitor.core.money import Money
from monitor.core.spending.usage import Usage
from monitor.ledger.ledger import Ledger
from monitor.ledger.record import RequestRecord
from monitor.ledger.reservations import open_by_hand

USERS = ("ann", "bob", "carla", "deepak", "")
# (model, its price of a million tokens in prompts and in answers, the share of the requests)
MODELS = (("gpt-4.1", 2, 8, 0.6), ("gpt-4.1-mini", 0.4, 1.6, 0.3), ("o4-mini", 1.1, 4.4, 0.1))
DAYS = 12


def requests(until: datetime, a_day: int = 20) -> Iterator[RequestRecord]:
    rng = random.Random(7)  # noqa: S311 - the same program each time.
    for number in range(DAYS * a_day):
        model, asked, answered, _ = rng.choices(MODELS, [share for *_, share in MODELS])[0]
        usage = Usage(rng.randint(20_000, 90_000), output_tokens=rng.randint(500, 6_000))
        cost = Decimal(str(asked)) * usage.input_tokens + Decimal(str(answered)) * usage.output_tokens
        yield RequestRecord(
            request_id=f"chatcmpl-{number}",
            at=until - timedelta(days=DAYS) * ((number + 1) / (DAYS * a_day)),
            provider="openai",
            model=model,
            usage=usage,
            cost=Money(cost / 1_000_000, "USD"),
            project="search",
            user=rng.choices(USERS, (50, 25, 14, 8, 3))[0],
            tags=(rng.choice(("interactive", "nightly")),),
        )


def runs(folder: Path, until: datetime, *, stopped_for: str = "") -> None:
    """Write its ledger; with `stopped_for` somebody has just opened the breaker, for that reason."""
    ledger = Ledger(folder / "ledger.sqlite3")
    with ledger.transaction() as connection:
        for record in requests(until):
            ledger.insert(connection, record)
        if stopped_for:
            open_by_hand(connection, until - timedelta(minutes=4), None, stopped_for)
    ledger.close()
