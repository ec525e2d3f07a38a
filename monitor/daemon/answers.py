"""What an HTTP answer says: its JSON with exact decimals, when to come back, whether money ran out."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NoReturn

from monitor.core.parsing.http_dates import http_date
from monitor.daemon.headers import LONGEST_AWAY

NO_SUCH_ENDPOINT = frozenset({404, 405, 410, 501})

_SECONDS = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")
_LIMIT_CODE = re.compile(
    r"insufficient_(?:\w+_)?(?:quota|balance|funds|credits?)|(?:budget|quota)_exceeded|\w+_limit_exceeded"
)
_NO_MONEY_LIMIT = re.compile(r"^(?:rate|requests?|tokens?|concurren\w*|rpm|tpm)_")


@dataclass(frozen=True, slots=True)
class Answer:
    """One understood HTTP answer: any 2xx with JSON, or a status that the source itself must read.

    `headers` go by their names in lower case. `body` is None where a status other than 2xx came without JSON.
    """

    status: int
    headers: Mapping[str, str]
    body: object
    latency: timedelta
    received_at: datetime

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def missing(self) -> bool:
        return self.status in NO_SUCH_ENDPOINT

    @property
    def limit_reached(self) -> bool:
        """Tell whether the provider refuses because money or quota ran out, which is an answer and not an outage."""
        return not self.ok and (self.status == 402 or names_spent_limit(self.body))


def parse_retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long the provider wishes us to stay away, at most 15 minutes; None where it says nothing usable."""
    milliseconds, wish = (headers.get(name, "").strip() for name in ("retry-after-ms", "retry-after"))
    if _SECONDS.fullmatch(milliseconds):
        return _capped(float(milliseconds) / 1000)
    if _SECONDS.fullmatch(wish):
        return _capped(float(wish))
    moment = http_date(wish)
    return None if moment is None else _capped((moment - now).total_seconds())


def _capped(seconds: float) -> timedelta:
    return timedelta(seconds=min(max(seconds, 0.0), LONGEST_AWAY.total_seconds()))


def names_spent_limit(body: object) -> bool:
    """Tell whether an error body's codes say that a limit of money was reached; rate limits are none."""
    if not isinstance(body, dict):
        return False
    error = body.get("error")
    places = [body, error] if isinstance(error, dict) else [body]
    codes = [str(place[name]).lower() for place in places for name in ("type", "code") if place.get(name)]
    codes += [error.lower()] if isinstance(error, str) else []
    return any(_LIMIT_CODE.fullmatch(code) and not _NO_MONEY_LIMIT.match(code) for code in codes)


def parse_json(raw: bytes) -> object:
    """Return the value with exact decimals.

    Raises:
        ValueError: not JSON, NaN or Infinity, nested too deep, or with numbers beyond reading.
    """
    try:
        return json.loads(raw, parse_float=Decimal, parse_constant=_reject)
    except (RecursionError, ArithmeticError) as error:
        raise ValueError("nested too deep, or with a number beyond reading") from error


def _reject(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
