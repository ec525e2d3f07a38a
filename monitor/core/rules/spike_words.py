"""A spike in words: how much, how far above the usual, and what it comes from."""

from collections.abc import Iterator, Sequence
from datetime import timedelta, tzinfo
from decimal import Decimal

from monitor.core.money import Money, percent
from monitor.core.rules.cause import Cause
from monitor.core.spending.spend import Spend
from monitor.core.spending.unpriced import guessed
from monitor.core.telling.phrases import MOST_NAMED, clock, guess_words, some_of
from monitor.core.windows import DAY, Window


def summary_of(name: str, told: Cause, joined: Sequence[Cause], spend: Spend, span: timedelta) -> str:
    """Return the title; `joined` are the causes that the alert did not have when it was told before."""
    rise = told.rise
    times = f"{rise.grown / rise.usual.amount:.0f}x what is usual" if rise.usual.amount else "usually nothing"
    whose = "" if told.is_whole else f" {_shown(told, spend)}"
    grown, last = Money(rise.grown, spend.currency), "day" if span == DAY else "hour"
    more = f"; {some_of([_shown(cause, spend) for cause in joined], MOST_NAMED)} as well" if joined else ""
    return f"{name}{whose}: {grown} in the last {last}, {times}{more}"


def advice_of(
    told: Cause, found: Sequence[Cause], joined: Sequence[Cause], spend: Spend, span: Window, zone: tzinfo
) -> Iterator[str]:
    """Yield what is usual, and the causes: what is new first, then what rose most."""
    each = "a day" if span.length == DAY else "an hour"
    yield f"Usual at {told.rise.usual.basis}: {Money(told.rise.usual.amount, spend.currency)} {each}."
    if guess := guess_words(guessed(spend, span, told.rise.series), spend.currency):
        yield guess
    if not found:
        yield f"It began {clock(told.since, zone)}."
    for cause in sorted(found, key=lambda cause: cause not in joined)[:MOST_NAMED]:
        yield _cause(cause, told, spend, zone)


def _shown(cause: Cause, spend: Spend) -> str:
    return str(spend.names.shown(cause.rise.series))


def _cause(cause: Cause, told: Cause, spend: Spend, zone: tzinfo) -> str:
    rise, currency = cause.rise, spend.currency
    was = f"usually {Money(rise.usual.amount, currency)}" if rise.usual.amount else "usually nothing"
    share = f"; {percent(min(rise.above / told.rise.above, Decimal(1)))} of the rise" if told.is_whole else ""
    views = some_of([str(spend.names.shown(view)) for view in cause.views], MOST_NAMED)
    also = f" Also counted as {views}." if views else ""
    much = f"{Money(rise.grown, currency)} ({was})"
    return f"Cause: {_shown(cause, spend)} with {much}, since {clock(cause.since, zone)}{share}.{also}"
