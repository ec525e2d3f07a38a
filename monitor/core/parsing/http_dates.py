"""A time as headers of HTTP write it."""

from datetime import UTC, datetime


def http_date(text: str) -> datetime | None:
    """Return the time, in UTC where it names no zone; None where it is none, however it is broken."""
    from email.utils import parsedate_to_datetime  # Applications rarely see a date, and this parser is large.

    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
