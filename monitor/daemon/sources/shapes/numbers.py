"""Numbers as providers write them: numbers, numeric strings, and sentinels that stand for no limit."""

import re
from collections.abc import Mapping
from decimal import Decimal

from monitor.core.errors import SourceDrifted
from monitor.core.money import BEYOND_SENSE

JsonObject = Mapping[str, object]

# At least so much is how relays say "no limit": 999999, 9999999, 100000000.
UNLIMITED = Decimal(999_999)
_NUMERIC = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{0,60})?(?:[eE][+-]?[0-9]{1,3})?")
# Finer than any price; what is longer is the noise of somebody's binary floats.
_FINEST = Decimal("1e-12")
_MOST_COUNTED = 10**18


def number(value: object, what: str) -> Decimal:
    """Return a number, whatever its sign.

    Raises:
        SourceDrifted: a boolean, a list, text without a number, or an amount beyond any sense.
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise SourceDrifted(f"{what} is {kind_of(value)} where a number belongs")
    if isinstance(value, str) and not _NUMERIC.fullmatch(value.strip()):
        raise SourceDrifted(f"{what} is text where a number belongs")
    exact = Decimal(value.strip()) if isinstance(value, str) else Decimal(value)
    if not exact.is_finite() or abs(exact) >= BEYOND_SENSE:
        raise SourceDrifted(f"{what} is an amount beyond any sense")
    exponent = exact.as_tuple().exponent
    return exact.quantize(_FINEST) if not exact or not isinstance(exponent, int) or exponent < -12 else exact


def cost(value: object, what: str) -> Decimal:
    """Return an amount that was spent; raises SourceDrifted as `number` does, and where it is negative."""
    amount = number(value, what)
    if amount < 0:
        raise SourceDrifted(f"{what} is negative")
    return abs(amount)


def count(value: object) -> int | None:
    """Return a count of tokens or requests; None where it is none, as nothing depends on it."""
    try:
        amount = number(value, "count")
    except SourceDrifted:
        return None
    return int(amount) if 0 <= amount < _MOST_COUNTED else None


def ceiling(value: object, what: str) -> Decimal | None:
    """Return a limit; None where it is one of the ways to say that there is none."""
    if value is None or value == "":
        return None
    amount = number(value, what)
    return amount if amount > 0 and amount != 100_000_000 else None


def kind_of(value: object) -> str:
    """Return the JSON word for a value's type."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | Decimal() | float():
            return "a number"
        case str():
            return "text"
        case dict():
            return "an object"
        case _:
            return "a list"


def objects(value: object) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def keys_of(body: object) -> str:
    """Return what an answer is, for an error's text: its top-level keys, never a value."""
    if not isinstance(body, dict):
        return kind_of(body)
    names = [str(name)[:40] for name in list(body)[:12]]
    return f"an object with {', '.join(names)}" if names else "an object with no keys"


def label(value: object) -> str | None:
    """Return a name fit to be shown, such as a model's; None where there is none."""
    if not isinstance(value, str):
        return None
    shown = "".join(char for char in value if char.isprintable()).strip()[:128]
    return shown or None
