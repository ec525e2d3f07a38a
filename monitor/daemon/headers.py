"""What the headers of an answer tell beside its body: how much of the rate limits is left, and the provider's time.

Headers go by their names in lower case here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from monitor.core.parsing.http_dates import http_date
from monitor.core.spending.readings import RateLimit

# Whatever a provider says: longer would be silence.
LONGEST_AWAY = timedelta(minutes=15)

_NAME = re.compile(r"(?:x-|anthropic-)?ratelimit-(?P<rest>[a-z0-9_-]+)")
_COUNT = re.compile(r"\s*(?P<count>[0-9]{1,15})(?![0-9.])")
_NUMBER = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,9})?")
_LENGTH = re.compile(r"(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)s)?(?:([0-9]{1,9})ms)?")
# A smaller number is of seconds from now.
_EPOCH_FROM, _MILLISECONDS_FROM = 1e9, 1e12
# The Date header tells whole seconds.
_TICK = timedelta(seconds=1)


def rate_limits(headers: Mapping[str, str]) -> tuple[RateLimit, ...]:
    """Return the limits of which both the size and what remains are told; names are the provider's own.

    Read are `x-ratelimit-remaining-tokens`, `anthropic-ratelimit-tokens-remaining`, `ratelimit-remaining` and the
    like, with `limit` for `remaining`.

    Source: https://platform.openai.com/docs/guides/rate-limits
    Source: https://platform.claude.com/docs/en/api/rate-limits
    Source: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/03/
    """
    told: dict[str, dict[str, int]] = {}
    for header, words in _of_limits(headers):
        count = _COUNT.match(headers[header])
        for kind in ("limit", "remaining"):
            if count and words.count(kind) == 1:
                of = "-".join(word for word in words if word != kind) or "requests"
                told.setdefault(of, {})[kind] = int(count["count"])
    return tuple(
        RateLimit(of, counts["limit"], min(counts["remaining"], counts["limit"]))
        for of, counts in told.items()
        if counts.get("limit") and "remaining" in counts
    )


def closed_for(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long no request is let in, at most 15 minutes; None where some are left, or nobody says how long.

    The end is told as a time, as a length (`6m0s`, `20ms`), or as a number: of seconds, or of seconds or milliseconds
    since 1970. What is left of tokens and the like does not matter, as looks at an account use none.
    """
    waits = []
    for header, words in _of_limits(headers):
        of_requests = "remaining" in words and {*words} <= {"remaining", "requests"}
        if of_requests and headers[header].strip() in ("0", "0.0"):
            waits.append(_until(headers.get(header.replace("remaining", "reset"), "").strip(), now))
    ahead = [wait for wait in waits if wait is not None and wait > timedelta()]
    return min(max(ahead), LONGEST_AWAY) if ahead else None


def _of_limits(headers: Mapping[str, str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the headers that are about rate limits, each with the words of its name."""
    for header in headers:
        if name := _NAME.fullmatch(header):
            yield header, name["rest"].split("-")


def _until(text: str, now: datetime) -> timedelta | None:
    """Return how far off the end of a limit is; None where it cannot be read."""
    try:
        if _NUMBER.fullmatch(text):
            number = float(text)
            seconds = number / 1000 if number > _MILLISECONDS_FROM else number
            return timedelta(seconds=seconds - now.timestamp() if seconds > _EPOCH_FROM else seconds)
        if (length := _LENGTH.fullmatch(text)) and text:
            hours, minutes, seconds, milliseconds = (float(part or 0) for part in length.groups())
            return timedelta(hours=hours, minutes=minutes, seconds=seconds, milliseconds=milliseconds)
        moment = datetime.fromisoformat(text)
        return moment - now if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def clock_skew(headers: Mapping[str, str], received_at: datetime, latency: timedelta) -> timedelta | None:
    """Return by how much our clock is ahead of the provider's, at least; None where it tells no time of its own.

    The provider wrote its time in whole seconds, some time between our request and its arrival: what that explains is
    no skew. An answer from a cache has an old date.
    """
    if headers.get("age", "0").strip() != "0":
        return None
    told = http_date(headers.get("date", ""))
    if told is None:
        return None
    most = received_at - told
    least = most - latency - _TICK
    if least <= timedelta(0) <= most:
        return timedelta(0)
    return least if least > timedelta(0) else most
