"""How times, spans of time and long texts are said to people; the zone is theirs."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from monitor.core.money import Money
from monitor.core.windows import FOREVER, Window, span_words

# Telegram takes 4,096, the least of the usual services: https://core.telegram.org/bots/api#sendmessage
MOST_CHARACTERS = 3_500
ELLIPSIS = "…"
MOST_NAMED = 3


def clock(moment: datetime, zone: tzinfo) -> str:
    """Return `Tue 10 Nov 09:00 UTC`."""
    return f"{moment.astimezone(zone):%a %d %b %H:%M %Z}"


def window_words(window: Window, zone: tzinfo) -> str:
    """Return the window for people: `1 to 30 November`, `25 November`, `since the beginning`."""
    if window == FOREVER:
        return "since the beginning"
    first = window.start.astimezone(zone)
    last = (window.end - timedelta(seconds=1)).astimezone(zone)
    if window.length < timedelta(hours=2):
        return f"the hour from {clock(window.start, zone)}"
    if first.date() == last.date():
        return f"{first.day} {first:%B}"
    if first.month == last.month:
        return f"{first.day} to {last.day} {last:%B}"
    return f"{first.day} {first:%B} to {last.day} {last:%B}"


def doubt_words(guess: Decimal, spent: Decimal) -> str:
    """Return what a title is to say where half of what was spent, or more, is only the most it can be."""
    return ", most of it an upper bound" if guess and guess * 2 >= spent else ""


def guess_words(models: Mapping[str, Decimal], currency: str) -> str | None:
    """Return how much of a sum is only the most that models without a price can cost; None where there are none."""
    if not models:
        return None
    most = Money(sum(models.values(), Decimal(0)), currency)
    return f"Up to {most} of it may be too much: no price is known for {some_of(list(models), MOST_NAMED)}."


def lasted(span: timedelta) -> str:
    """Return how long something lasted: `25 min`, `3 h 20 min`, `2 days 4 h`."""
    minutes = max(int(span.total_seconds() // 60), 0)
    if not minutes:
        return "less than a minute"
    hours, days = minutes // 60, minutes // (24 * 60)
    if minutes < 120:
        return span_words(span)
    if hours < 48:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{days} days {hours % 24} h" if hours % 24 else f"{days} days"


def cut(text: str, room: int) -> str:
    """Return the text, shortened where it has more than `room` characters."""
    return text if len(text) <= room else text[: room - 1].rstrip() + ELLIPSIS


def some_of(names: Sequence[str], most: int) -> str:
    """Return `a, b and c`, or `a, b and 990 more`."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
