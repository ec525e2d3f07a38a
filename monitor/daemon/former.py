"""Files of state as former releases wrote them, brought to what this one reads."""

import json
from typing import Any

from pydantic import TypeAdapter

from monitor.core.spending.marks import Mark, Marks

# The fields that hold a trail. Projects and keys may be called so too, but what is told of them is no object.
_TRAILS = ("trail", "polls")


def with_packed_marks(body: bytes) -> bytes:
    """Return the body of a file of version 1, where each mark was a pair of texts; raises ValueError."""
    return json.dumps(json.loads(body, object_hook=_packed)).encode()


def _packed(value: dict[str, Any]) -> dict[str, Any]:
    trails = {name: trail for name in _TRAILS if isinstance(trail := value.get(name), dict)}
    return {**value, **{name: {"marks": _marks(trail.get("marks", ()))} for name, trail in trails.items()}}


def _marks(pairs: Any) -> Any:
    marks = TypeAdapter(tuple[Mark, ...]).validate_python(pairs)
    return TypeAdapter(Marks).dump_python(Marks.of(marks), mode="json")
