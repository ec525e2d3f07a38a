"""Files of state as former releases wrote them, brought to what this one reads."""

import json
from typing import Any

from pydantic import TypeAdapter

from monitor.core.spending.marks import Mark, Marks


def with_packed_marks(body: bytes) -> bytes:
    """Return the body of a file of version 1, where each mark was a pair of texts; raises ValueError."""
    return json.dumps(_packed(json.loads(body))).encode()


def _packed(value: Any) -> Any:
    if isinstance(value, list):
        return [_packed(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: _marks(one) if name == "marks" else _packed(one) for name, one in value.items()}


def _marks(pairs: Any) -> Any:
    marks = TypeAdapter(tuple[Mark, ...]).validate_python(pairs)
    return TypeAdapter(Marks).dump_python(Marks.of(marks), mode="json")
