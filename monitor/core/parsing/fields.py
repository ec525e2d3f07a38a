"""How the text of a setting is read that the daemon and the breaker share. No message repeats the text."""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from monitor.core.money import Money
from monitor.core.parsing.problems import did_you_mean
from monitor.core.windows import Period

_NUMBER = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?")
_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def parse_limit(text: str) -> Money:
    limit = Money.parse(text)
    if not limit.amount:
        raise ValueError("is 0, and a budget needs a limit above that")
    return limit


def parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError("is not a day: write it as 2026-11-01") from None


def parse_share(text: str) -> Decimal:
    share = number(text)
    if share is None or not 0 < share <= 1:
        raise ValueError("is not a share of the limit: write 0.7 for 70%")
    return share


def parse_timezone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(text, available_timezones()) or ": write it as UTC or Europe/Berlin"
        raise ValueError(f"is not a time zone{hint}") from None


def parse_period(text: str) -> Period:
    return Period(one_of(text, [period.value for period in Period]))


def parse_boolean(text: str) -> bool:
    return _BOOLEANS[one_of(text, _BOOLEANS)]


def one_of(text: str, allowed: Iterable[str]) -> str:
    """Return `text` in lower case.

    Raises:
        ValueError: it is none of `allowed`.
    """
    allowed = list(allowed)
    if text.lower() not in allowed:
        raise ValueError(f"is none of {', '.join(allowed)}{did_you_mean(text, allowed)}")
    return text.lower()


def number(text: str) -> Decimal | None:
    """Return a plain decimal number; None: it is none."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None
