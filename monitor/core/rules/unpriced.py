"""A model, or terms of one, that nobody has a price for: what it costs is a guess until the bill comes."""

from collections.abc import Container, Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.life import Finding
from monitor.core.budgets import Severity
from monitor.core.money import Money
from monitor.core.spending.spend import Spend
from monitor.core.spending.unpriced import Unpriced, unpriced
from monitor.core.telling.phrases import some_of
from monitor.core.windows import DAY, Window

MOST_MODELS = 3


def unpriced_models(name: str, spend: Spend, known: Container[str], now: datetime) -> Finding | None:
    """Return whether tokens without a price are counted where no bill is final yet."""
    key = f"{Rule.UNPRICED}:{name}"
    # An hour that is open ends later than now.
    window = Window(min(spend.settled_until or now - 3 * DAY, now), now + DAY)
    found = unpriced(spend, window)
    if not found and key not in known:
        return None
    if found:
        summary = f"{name}: no price is known for {some_of(list(found), MOST_MODELS)}"
    else:
        summary = f"{name}: all that counts has a price or a bill again"
    advice = tuple(_advice(found, spend.currency)) if found else ()
    severity = Severity.WARNING if found else Severity.OK
    return Finding(
        Alert(key, Rule.UNPRICED, name, severity, summary, now, advice=advice, about=f"prices:{name}"),
    )


def _advice(found: Mapping[str, Unpriced], currency: str) -> Iterator[str]:
    shown = [
        f"{model} with {one} as {Money(one.at_most, currency)}" for model, one in list(found.items())[:MOST_MODELS]
    ]
    more = " and more" if len(found) > MOST_MODELS else ""
    if any(one.at_most > Decimal(0) for one in found.values()):
        yield (
            f"Counted until the bill comes: {', '.join(shown)}{more}. "
            "That is the most it can be: as much as the dearest model of its kind."
        )
    else:
        yield f"Not counted until the bill comes, as no price in {currency} is known: {', '.join(shown)}{more}."
    yield "Name the price in the file of MONITOR_PRICES; 0 is free."
