"""Where estimates and final bills differ, and what makes most of the difference."""

from datetime import datetime
from decimal import Decimal

from monitor.core.money import Money, percent
from monitor.core.spending.readings import Series
from monitor.core.spending.spend import Spend
from monitor.core.spending.unpriced import unpriced
from monitor.core.windows import WEEK, Window

# Less is rounding, and the edge of a day.
TOLERANCE = Decimal("0.02")


def drift_words(spend: Spend, now: datetime) -> str | None:
    """Return by how much the estimate of the last week with a final bill was off, and where; None where it was not."""
    if spend.settled_until is None:
        return None
    week = Window(spend.settled_until - WEEK, spend.settled_until)
    off = spend.drift(week, now)
    if off is None or abs(off) <= TOLERANCE:
        return None
    side = "under" if off < 0 else "over"
    cause = _cause(spend, week, now, under=off < 0)
    return f"{percent(abs(off))} {side} the bill, in the week until {week.end:%d %b}{cause}"


def _cause(spend: Spend, week: Window, now: datetime, *, under: bool) -> str:
    """Return the model that makes most of the difference, in words; nothing where no model is told apart."""
    sides = {
        model: (
            spend.billed(week, now, Series(model=model)) or Decimal(0),
            spend.estimated(week, now, Series(model=model)) or Decimal(0),
        )
        for model in spend.grouped.names("model", week)
    }
    if not sides:
        return ""
    sign = 1 if under else -1
    model, (billed, estimated) = max(sides.items(), key=lambda side: ((side[1][0] - side[1][1]) * sign, side[0]))
    why = ", which has no price" if model in unpriced(spend, week) else ""
    both = f"{Money(billed, spend.currency)} billed and {Money(estimated, spend.currency)} estimated"
    return f": most of it is {model}{why}, {both}"
