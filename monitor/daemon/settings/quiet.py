"""The text of quiet hours and of maintenance: `mon-fri 22:00-07:00 Europe/Berlin, sat-sun 00:00-10:00`."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, tzinfo
from typing import TypeVar

from monitor.core.alerting.quiet import DAYS, EVERY_DAY, Quiet, QuietHours
from monitor.core.parsing.fields import parse_timezone
from monitor.core.parsing.problems import Problems
from monitor.core.windows import FOREVER, Window
from monitor.daemon.settings.model import Model
from monitor.daemon.settings.variables import Variables

_DAY = "|".join(DAYS)
_HOURS = re.compile(
    rf"(?:(?P<first>{_DAY})(?:-(?P<last>{_DAY}))?\s+)?"
    r"(?P<start>[0-9]{1,2}:[0-9]{2})\s*-\s*(?P<end>[0-9]{1,2}:[0-9]{2})"
    r"(?:\s+(?P<zone>[a-z]\S*))?",
    re.IGNORECASE,
)
_SPAN = re.compile(r"(?P<start>[^\s/]+)\s*/\s*(?P<end>[^\s/]+)(?:\s+(?P<zone>[A-Za-z]\S*))?")

Parsed = TypeVar("Parsed", QuietHours, Window)


def build_quiet(model: Model, variables: Variables, problems: Problems) -> Quiet:
    def read(name: str, text: str, parse: Callable[[str, tzinfo], Parsed]) -> Iterator[Parsed]:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        for position, part in enumerate(parts, 1):
            try:
                yield parse(part, model.timezone)
            except ValueError as error:
                where = f"(number {position} of {len(parts)}) " if len(parts) > 1 else ""
                problems.add(name, f"{where}{error}", shown=variables.origin(name))

    return Quiet(
        tuple(read("MONITOR_QUIET_HOURS", model.quiet_hours, parse_hours)),
        tuple(read("MONITOR_MAINTENANCE", model.maintenance, parse_span)),
        model.quiet_below,
    )


def parse_hours(text: str, zone: tzinfo) -> QuietHours:
    """Read `22:00-07:00`, with days before it and a zone behind it where they are given.

    Raises:
        ValueError: anything else.
    """
    match = _HOURS.fullmatch(text.strip())
    if match is None:
        raise ValueError("is no span of hours: write it as 22:00-07:00, or mon-fri 22:00-07:00 Europe/Berlin")
    start, end = _clock(match["start"], latest=23), _clock(match["end"], latest=24)
    if start == end and match["end"] not in {"24:00"}:
        raise ValueError("is a span of hours that ends when it begins: a whole day is 00:00-24:00")
    days = EVERY_DAY
    if match["first"]:
        first = DAYS.index(match["first"].lower())
        last = DAYS.index((match["last"] or match["first"]).lower())
        days = frozenset((first + later) % 7 for later in range((last - first) % 7 + 1))
    return QuietHours(start, end, days, parse_timezone(match["zone"]) if match["zone"] else zone)


def parse_span(text: str, zone: tzinfo) -> Window:
    """Read `2026-12-24T18:00/2026-12-27T08:00`, with a zone behind it or an offset in each time where they are given.

    Raises:
        ValueError: anything else.
    """
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise ValueError("is no span of time: write it as 2026-12-24T18:00/2026-12-27T08:00")
    if match["zone"]:
        zone = parse_timezone(match["zone"])
    try:
        start, end = _moment(match["start"], zone), _moment(match["end"], zone)
    except (ValueError, OverflowError):
        raise ValueError("holds a time that is none: write it as 2026-12-24T18:00/2026-12-27T08:00") from None
    if end <= start:
        raise ValueError("is a span of time that ends before it begins")
    return Window(start, end)


def _moment(text: str, zone: tzinfo) -> datetime:
    moment = datetime.fromisoformat(text)
    moment = (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment).astimezone(UTC)
    if moment not in FOREVER:
        raise ValueError
    return moment


def _clock(text: str, *, latest: int) -> time:
    """Return the time of day; 24:00 is the midnight that ends the day, and stands as 00:00."""
    hour, minute = (int(part) for part in text.split(":"))
    if minute > 59 or hour > latest or (hour == 24 and minute):
        raise ValueError("holds a time of day that is none: hours go to 23, minutes to 59")
    return time(hour % 24, minute)
