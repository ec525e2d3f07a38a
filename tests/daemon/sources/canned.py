"""Answers without a socket, for properties that ask thousands of times; and documented answers that were spoiled."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from monitor.core.spending.readings import Observation
from monitor.daemon.answers import Answer, parse_json
from monitor.daemon.connections import Connections
from monitor.daemon.http import Http
from monitor.daemon.sources import SOURCES
from monitor.daemon.wire import Parameters
from tests.daemon.sources.accounts import CONTEXT, KEY, NOW, account
from tests.daemon.sources.junk import JSON

# What stands where a figure belongs, sooner or later.
WRONG = (
    JSON
    | st.sampled_from(["NaN", "-Infinity", "1e18", "", "12.5", "2026-05-20", "-1"])
    | st.sampled_from([10**18, -1, Decimal("1e18"), Decimal("-0.01"), True, [], {}, [None], [{}]])
)


class Canned(Http):
    """Answers from what it was given, by path; a path that is not there is a 404."""

    def __init__(self, bodies: Mapping[str, object]) -> None:
        super().__init__(
            "http://127.0.0.1:9/v1",
            connections=Connections(CONTEXT),
            timeout=timedelta(1),
            clock=lambda: NOW,
            redact=str,
            key=KEY,
        )
        self._bodies = bodies

    async def ask(
        self,
        method: str,  # noqa: ARG002
        path: str,
        *,
        params: Parameters | None = None,  # noqa: ARG002
        content: Mapping[str, object] | None = None,  # noqa: ARG002
    ) -> Answer:
        path = path if path.startswith("/") else f"/v1/{path}"
        status = 200 if path in self._bodies else 404
        return Answer(status, {}, self._bodies.get(path), timedelta(), NOW)


def told(kind: str, bodies: Mapping[str, object], now: datetime = NOW, **changes: Any) -> Observation:
    """Return what a source of a kind makes of answers; `changes` are fields of Account."""
    of = replace(account(), name=kind, kind=kind, base_url="http://127.0.0.1:9/v1", **changes)
    source = SOURCES[kind].factory(of, Canned(bodies))
    return asyncio.run(source.fetch(now))


def parsed(bodies: Mapping[str, object]) -> Mapping[str, object]:
    """Return documented bodies as they would be read: with exact decimals."""
    return {path: parse_json(body) if isinstance(body, bytes) else _exact(body) for path, body in bodies.items()}


@st.composite
def spoiled(draw: st.DrawFn, bodies: Mapping[str, object]) -> Mapping[str, object]:
    """Draw the documented answers with up to two values gone or replaced by what may not stand there."""
    found: dict[str, object] = dict(parsed(bodies))
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(sorted(found)))
        found[path] = _spoil(draw, found[path], draw(st.integers(0, 6)))
    return found


def amounts(seen: Observation) -> Sequence[Decimal]:
    """Return all amounts that may not be negative."""
    quota = [seen.quota.used, seen.quota.limit] if seen.quota else []
    return [money.amount for money in [*(reading.cost for reading in seen.readings), *quota] if money is not None]


def _spoil(draw: st.DrawFn, value: object, depth: int) -> object:
    if depth and isinstance(value, dict) and value:
        name = draw(st.sampled_from(sorted(value)))
        rest = {key: held for key, held in value.items() if key != name}
        return rest if depth == 1 else {**rest, name: _spoil(draw, value[name], depth - 1)}
    if depth and isinstance(value, list) and value:
        place = draw(st.integers(0, len(value) - 1))
        return [*value[:place], _spoil(draw, value[place], depth - 1), *value[place + 1 :]]
    return draw(WRONG)


def _exact(value: object) -> object:
    if isinstance(value, dict):
        return {name: _exact(held) for name, held in value.items()}
    if isinstance(value, list):
        return [_exact(held) for held in value]
    return Decimal(repr(value)) if isinstance(value, float) else value
