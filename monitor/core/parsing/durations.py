"""Durations as people write them."""

import re
from datetime import timedelta
from decimal import Decimal

LONGEST = timedelta(days=366)
SHORTEST_WAIT = timedelta(seconds=0.1)
LONGEST_HOLD = timedelta(hours=1)

_NUMBER = r"[0-9]{1,9}"
_TEXT = re.compile(
    rf"(?:(?P<d>{_NUMBER})d)?(?:(?P<h>{_NUMBER})h)?(?:(?P<m>{_NUMBER})m)?(?:(?P<s>{_NUMBER}(?:\.{_NUMBER})?)s)?"
)
_SECONDS = re.compile(rf"(?P<s>{_NUMBER}(?:\.{_NUMBER})?)")
_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


def parse_duration(text: str) -> timedelta:
    """Read `90` and `0.5` (seconds), `90s`, `5m`, `1h30m` or `7d`.

    Raises:
        ValueError: anything else, nothing at all, or more than 366 days.
    """
    text = text.strip().lower()
    match = _SECONDS.fullmatch(text) or _TEXT.fullmatch(text)
    if not text or match is None:
        raise ValueError("is not a duration: write it as 90, 90s, 5m, 1h30m or 7d")
    seconds = sum((Decimal(part) * _UNITS[unit] for unit, part in match.groupdict().items() if part), Decimal(0))
    if seconds > LONGEST // timedelta(seconds=1):
        raise ValueError("is longer than 366 days")
    duration = timedelta(microseconds=int(seconds * 1_000_000))
    if not duration:
        raise ValueError("is a duration of nothing: it must be above 0")
    return duration


def parse_hold(text: str) -> timedelta:
    """Read a duration that may also be nothing: `0`.

    Raises:
        ValueError: no duration, or above an hour, for which no alarm is held back.
    """
    duration = timedelta() if re.fullmatch(r"0+(\.0+)?[smh]?", text.strip().lower()) else parse_duration(text)
    if duration > LONGEST_HOLD:
        raise ValueError("is too long: the most is 1h")
    return duration


def parse_wait(text: str) -> timedelta:
    """Read a duration that something waits for in a loop.

    Raises:
        ValueError: no duration, or so short that the loop would spin.
    """
    duration = parse_duration(text)
    if duration < SHORTEST_WAIT:
        raise ValueError("is too short: the least is 0.1s")
    return duration


def duration_text(duration: timedelta) -> str:
    """Return it as `parse_duration` reads it, in whole days, else hours, minutes and seconds: `7d`, `1h30m`."""
    seconds = int(duration.total_seconds())
    if duration.microseconds:
        return f"{Decimal(duration // timedelta(microseconds=1)) / 1_000_000}s"
    if seconds % _UNITS["d"] == 0:
        return f"{seconds // _UNITS['d']}d"
    parts = []
    for unit in ("h", "m", "s"):
        count, seconds = divmod(seconds, _UNITS[unit])
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts)
