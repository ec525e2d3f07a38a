"""What the headers of an answer tell beside its body: how much of the rate limits is left, and the provider's time."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from monitor.core.parsing.http_dates import http_date
from monitor.core.spending.readings import RateLimit

_NAME = re.compile(r"(?:x-|anthropic-)?ratelimit-(?P<rest>[a-z0-9_-]+)")
_COUNT = re.compile(r"\s*(?P<count>[0-9]{1,15})(?![0-9.])")
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
    for header, text in headers.items():
        name, count = _NAME.fullmatch(header.lower()), _COUNT.match(text)
        words = name["rest"].split("-") if name else []
        for kind in ("limit", "remaining"):
            if count and words.count(kind) == 1:
                of = "-".join(word for word in words if word != kind) or "requests"
                told.setdefault(of, {})[kind] = int(count["count"])
    return tuple(
        RateLimit(of, counts["limit"], min(counts["remaining"], counts["limit"]))
        for of, counts in told.items()
        if counts.get("limit") and "remaining" in counts
    )


def clock_skew(headers: Mapping[str, str], received_at: datetime, latency: timedelta) -> timedelta | None:
    """Return by how much our clock is ahead of the provider's, at least; None where it tells no time of its own.

    The provider wrote its time in whole seconds, some time between our request and its arrival: what that explains is
    no skew. An answer from a cache has an old date.
    """
    lower = {name.lower(): text for name, text in headers.items()}
    if lower.get("age", "0").strip() != "0":
        return None
    told = http_date(lower.get("date", ""))
    if told is None:
        return None
    most = received_at - told
    least = most - latency - _TICK
    if least <= timedelta(0) <= most:
        return timedelta(0)
    return least if least > timedelta(0) else most
