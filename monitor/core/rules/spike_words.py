"""A spike in words: how much, how far above the usual, and what it comes from."""

from collections.abc import Iterator, Sequence
from datetime import timedelta, tzinfo
from decimal import Decimal

from monitor.core.money import Money, percent
from monitor.core.rules.cause import Cause
from monitor.core.telling.phrases import clock, some_of
from monitor.core.windows import DAY

MOST_NAMED = 3


def summary_of(name: str, told: Cause, joined: Sequence[str], currency: str, span: timedelta) -> str:
    """Return the title; `joined` are the causes that the alert did not have when it was told before."""
    rise = told.rise
    times = f"{rise.grown / rise.usual.amount:.0f}x what is usual" if rise.usual.amount else "usually nothing"
    whose = "" if told.is_whole else f" {told.name}"
    grown, last = Money(rise.grown, currency), "day" if span == DAY else "hour"
    more = f"; {some_of(joined, MOST_NAMED)} as well" if joined else ""
    return f"{name}{whose}: {grown} in the last {last}, {times}{more}"


def advice_of(
    told: Cause, found: Sequence[Cause], joined: Sequence[str], currency: str, span: timedelta, zone: tzinfo
) -> Iterator[str]:
    """Yield what is usual, and the causes: what is new first, then what rose most."""
    each = "a day" if span == DAY else "an hour"
    yield f"Usual at {told.rise.usual.basis}: {Money(told.rise.usual.amount, currency)} {each}."
    if not found:
        yield f"It began {clock(told.since, zone)}."
    for cause in sorted(found, key=lambda cause: cause.name not in joined)[:MOST_NAMED]:
        yield _cause(cause, told, currency, zone)


def _cause(cause: Cause, told: Cause, currency: str, zone: tzinfo) -> str:
    rise = cause.rise
    was = f"usually {Money(rise.usual.amount, currency)}" if rise.usual.amount else "usually nothing"
    share = f"; {percent(min(rise.above / told.rise.above, Decimal(1)))} of the rise" if told.is_whole else ""
    views = some_of([str(view) for view in cause.views], MOST_NAMED)
    also = f" Also counted as {views}." if views else ""
    much = f"{Money(rise.grown, currency)} ({was})"
    return f"Cause: {cause.name} with {much}, since {clock(cause.since, zone)}{share}.{also}"
