"""Errors that come as data: a limit reached, or a 200 that is none."""

import re
from dataclasses import dataclass
from decimal import Decimal

from monitor.core.errors import SourceDrifted, SourceError, SourceRefused, SourceUnavailable
from monitor.daemon.answers import names_spent_limit
from monitor.daemon.sources.shapes.figures import Limits
from monitor.daemon.sources.shapes.numbers import JsonObject, ceiling, cost

_GOOD_CODES = frozenset({"0", "200", "20000", "true", "ok", "success"})
_AUTH = re.compile(
    r"invalid[ _-]?(?:api[ _-]?)?(?:key|token)|unauthori[sz]ed|authentication|permission|forbidden|令牌"
    r"|(?:key|token)\b.{0,30}\b(?:invalid|expired|disabled|revoked|not found)",
    re.IGNORECASE,
)
_SPENT = re.compile(
    r"insufficient[ _]\w*[ _]?(?:quota|balance|credit)|quota[ _]\w*exce|budget has been exceeded|exhausted", re.I
)
_LATER = re.compile(r"rate.?limit|too many|overload|upstream|timeout|temporar|unavailable|internal", re.IGNORECASE)
# Only figures right behind their word: a message may hold other numbers, of minutes or of requests.
_USED = re.compile(r"(?:current cost|spend|spent|used)(?: is| of|:)? ?[$¥€]?([0-9]+(?:\.[0-9]+)?)", re.IGNORECASE)
_LIMIT = re.compile(r"(?:(?:max budget|limit)(?: is| of|:)? ?[$¥€]?|\([$¥€])([0-9]+(?:\.[0-9]+)?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reached:
    """The provider refuses because a limit is used up. `period` is month or day where its code says so."""

    limits: Limits
    period: str | None = None


def reached(body: object) -> Reached:
    """Return what an answer about a limit that is reached tells of it; figures only where they are clear."""
    if not isinstance(body, dict):
        return Reached(Limits(None, None, reached=True))
    text = words(body)
    used = _amount(body.get("currentCost")) or _amount(_group(_USED, text))
    limit = _amount(body.get("costLimit")) or _amount(_group(_LIMIT, text))
    period = next((name for name, mark in (("month", "month"), ("day", "daily")) if mark in text.lower()), None)
    return Reached(Limits(used, limit or None, reached=True), period)


def refusal(body: object) -> SourceError | Reached | None:
    """Return what a 200 really says where it carries an error; None where it is a plain answer."""
    if not isinstance(body, dict) or not _is_error(body):
        return None
    text = words(body)
    if _SPENT.search(text) or names_spent_limit(body):
        return reached(body)
    if _AUTH.search(text):
        return SourceRefused(f"the answer is an error about the key: {text}")
    if _LATER.search(text):
        return SourceUnavailable(f"the answer is an error: {text}")
    return SourceDrifted(f"the answer is an error: {text or 'with no words'}")


def words(body: JsonObject) -> str:
    """Return the codes and messages of an error body, not yet redacted."""
    error = body.get("error")
    places: list[JsonObject] = [error, body] if isinstance(error, dict) else [body]
    said: list[object] = [error] if isinstance(error, str) else []
    said += [place.get(name) for place in places for name in ("type", "code", "message", "msg")]
    return " ".join(str(word)[:300] for word in said if isinstance(word, str | int) and not isinstance(word, bool))


def _is_error(body: JsonObject) -> bool:
    error, code = body.get("error"), body.get("code")
    if (isinstance(error, str | dict) and error) or body.get("success") is False:
        return True
    if code is None or str(code).lower() in _GOOD_CODES:
        return False
    return isinstance(code, bool | int) or str(code).isdecimal() or "message" in body or "msg" in body


def _group(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match[1] if match else None


def _amount(value: object) -> Decimal | None:
    """Return an amount where there is one; the message stands without it."""
    try:
        return None if value is None else ceiling(cost(value, "amount"), "amount")
    except SourceDrifted:
        return None
