"""Limits of requests and tokens in the body of an answer, as far as it tells what is used of them or left."""

import re

from monitor.core.spending.readings import RateLimit
from monitor.daemon.sources.shapes.numbers import JsonObject, count, objects

_KINDS = r"rpm|tpm|rpd|tpd|requests|tokens|(?:requests|tokens)_per_(?:minute|hour|day)"
_NAME = re.compile(_KINDS, re.IGNORECASE)
_LIMIT, _USED, _LEFT = ("limit", "max", "total"), ("used", "current", "usage", "count"), ("remaining", "left")
_WORDS = ("name", "type", "metric", "kind", "unit")
_DEPTH = 4


def body_rate_limits(body: object) -> tuple[RateLimit, ...]:
    """Return the rate limits that are told anywhere in the object, each with the provider's own word for it.

    Known are `{"rpm": {"limit": 60, "used": 12}}`, `{"rpm_limit": 60, "rpm_used": 12}` and lists of
    `{"type": "requests", "limit": 60, "remaining": 48}`. What is not one of them is none: nothing depends on it.
    """
    found: dict[str, RateLimit] = {}
    _walk(body, "", found, _DEPTH)
    return tuple(found.values())


def _walk(value: object, name: str, found: dict[str, RateLimit], depth: int) -> None:
    if not depth:
        return
    for entry in objects(value):
        _walk(entry, next((str(entry[word]) for word in _WORDS if entry.get(word)), name), found, depth - 1)
    if not isinstance(value, dict):
        return
    if _NAME.fullmatch(name):
        _add(name, value, "", found)
    for stem in {key[: -len("_limit")] for key in value if key.endswith("_limit")}:
        if _NAME.fullmatch(stem):
            _add(stem, value, f"{stem}_", found)
    for key, inner in value.items():
        _walk(inner, key, found, depth - 1)


def _add(name: str, layer: JsonObject, prefix: str, found: dict[str, RateLimit]) -> None:
    limit, used, left = (
        next((told for word in words if (told := count(layer.get(prefix + word))) is not None), None)
        for words in (_LIMIT, _USED, _LEFT)
    )
    if limit and (used is not None or left is not None):
        remaining = left if left is not None else limit - (used or 0)
        found[name] = RateLimit(name, limit, min(max(remaining, 0), limit))
