"""Figures at known places of a documented answer: one that is needed and is not there is drift, with its path named."""

from decimal import Decimal

from monitor.core.errors import SourceDrifted
from monitor.daemon.sources.shapes.numbers import JsonObject, cost, keys_of, kind_of, number


def at(body: object, path: str) -> object:
    """Return what stands at a dotted path of names; None where nothing does."""
    for step in path.split("."):
        body = body.get(step) if isinstance(body, dict) else None
    return body


def number_at(body: object, path: str) -> Decimal:
    """Return the number at a path, whatever its sign; raises SourceDrifted where there is none."""
    return number(_needed(body, path), path)


def cost_at(body: object, path: str) -> Decimal:
    """Return the amount at a path; raises SourceDrifted where there is none, or a negative one."""
    return cost(_needed(body, path), path)


def object_at(body: object, path: str) -> JsonObject:
    """Return the object at a path; raises SourceDrifted where there is none."""
    value = _needed(body, path)
    if not isinstance(value, dict):
        raise SourceDrifted(f"{path} is {kind_of(value)} where an object belongs")
    return value


def rows_at(body: object, path: str) -> tuple[JsonObject, ...]:
    """Return the list of objects at a path.

    Raises:
        SourceDrifted: there is no list, or something in it is no object: a row that is skipped is money not seen.
    """
    value = _needed(body, path)
    if not isinstance(value, list):
        raise SourceDrifted(f"{path} is {kind_of(value)} where a list belongs")
    strange = [row for row in value if not isinstance(row, dict)]
    if strange:
        raise SourceDrifted(f"{path} holds {kind_of(strange[0])} where objects belong")
    return tuple(value)


def _needed(body: object, path: str) -> object:
    value = at(body, path)
    if value is None:
        raise SourceDrifted(f"nothing stands at {path}: the answer is {keys_of(body)}")
    return value
