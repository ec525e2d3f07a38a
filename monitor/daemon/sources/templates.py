"""Dates and the key in the text of a request: `{today}` and the like."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

from monitor.daemon.sources.calendar import Calendar

_PLACE = re.compile(r"\{([a-z_]+)\}")
DATES = ("today", "tomorrow", "month_start", "next_month_start")
NAMES = (*DATES, *(f"{name}_unix" for name in DATES), "key")


def unknown_places(text: str) -> list[str]:
    return [name for name in _PLACE.findall(text) if name not in NAMES]


def values_at(calendar: Calendar, key: str | None) -> Mapping[str, str]:
    """Return what each name stands for: days as 2026-05-20, and as seconds since 1970 at which they begin."""
    month = calendar.month(calendar.today)
    days = {
        "today": calendar.today,
        "tomorrow": calendar.today + timedelta(days=1),
        "month_start": calendar.first,
        "next_month_start": month.end.astimezone(calendar.zone).date(),
    }
    starts = {f"{name}_unix": str(int(calendar.day(day).start.timestamp())) for name, day in days.items()}
    return {**{name: day.isoformat() for name, day in days.items()}, **starts, "key": key or ""}


def fill(text: str, values: Mapping[str, str], quote: Callable[[str], str] = str) -> str:
    """Return the text with each name in braces replaced; other braces stay."""
    return _PLACE.sub(lambda match: quote(values[match[1]]) if match[1] in values else match[0], text)


def fill_json(value: object, values: Mapping[str, str]) -> object:
    """Return a JSON value with its texts filled."""
    match value:
        case str():
            return fill(value, values)
        case dict():
            return {name: fill_json(inner, values) for name, inner in value.items()}
        case list():
            return [fill_json(inner, values) for inner in value]
        case _:
            return value
