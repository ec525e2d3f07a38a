"""An account with a past: weeks of hours, each with what was spent in it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from monitor.core.plan import Watched
from monitor.core.spending.readings import Series
from monitor.core.spending.series import Part
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.spending.trail import Trail

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
# A Wednesday, in the night.
NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
WATCHED = Watched("openai", "openai")

Spending = Callable[[datetime], Decimal]


def evenly(amount: str | int | Decimal) -> Spending:
    """Return the same for each hour."""
    return lambda hour: Decimal(amount)  # noqa: ARG005


def trail(spending: Spending, watched: timedelta = 5 * WEEK, now: datetime = NOW) -> Trail:
    """Return what was spent in each hour until `now`; `spending` is asked with the hour's begin."""
    marks, level = [(now - watched, Decimal(0))], Decimal(0)
    for hours in range(watched // HOUR, 0, -1):
        level += spending(now - HOUR * hours)
        marks.append((now - HOUR * (hours - 1), level))
    return Trail.of(tuple(marks))


def account(
    spending: Spending,
    parts: Mapping[str, Spending] | None = None,
    watched: timedelta = 5 * WEEK,
    now: datetime = NOW,
) -> SourceState:
    """Return an account, its models by name."""
    models = tuple(
        Part(Series(model=name), now - watched, trail(of, watched, now)) for name, of in (parts or {}).items()
    )
    spend = Spend("USD", trail=trail(spending, watched, now), parts=models, since=now - watched, as_of=now)
    return SourceState(spend)


def with_last(spending: Spending, amount: str | int | Decimal, now: datetime = NOW) -> Spending:
    """Return the same spending with another amount in the last hour."""
    return lambda hour: Decimal(amount) if hour >= now - HOUR else spending(hour)


def watched_by(**changes: object) -> Watched:
    return replace(WATCHED, **changes)  # type: ignore[arg-type]
