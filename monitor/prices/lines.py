"""Models of one line: their names differ in numbers and dates only, and so do their prices, as a rule."""

import re

_PARTS = re.compile(r"[^a-z0-9]+")
_DIGITS = re.compile(r"\d+")
_NO_MARK = frozenset(("", "v", "latest", "preview"))
_TUNED = "ft:"


def line_of(model: str) -> tuple[str, ...]:
    """Return what is left of a name without its numbers: `gpt, mini` of `gpt-5-mini-2025-08-07`.

    Of a model that was tuned it is the line of the one that it was made from.
    """
    name = model.lower()
    if is_tuned(name):
        name = name.removeprefix(_TUNED).partition(":")[0]
    return tuple(part for part in (_DIGITS.sub("", word) for word in _PARTS.split(name)) if part not in _NO_MARK)


def is_tuned(model: str) -> bool:
    return model.lower().startswith(_TUNED)
