"""What an open page must know, and what of it has changed."""

from collections.abc import Mapping, Sequence
from typing import Any

# Lists whose rows have a name, and are told one by one; all other parts are told whole.
BY_NAME = ("sources", "budgets")


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of `after` that are new: of sources and budgets only the rows; {} where nothing is."""
    found: dict[str, Any] = {}
    for part, value in after.items():
        if part == "as_of" or before.get(part) == value:
            continue
        found[part] = _rows(before.get(part, ()), value) if part in BY_NAME else value
    return {"as_of": after["as_of"], **found} if found else {}


def _rows(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    known = {row["name"]: row for row in before}
    return [row for row in after if known.get(row["name"]) != row]


def changed_parts(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands in `after` and is not the same in `before`."""
    return {name: value for name, value in after.items() if before.get(name) != value}
