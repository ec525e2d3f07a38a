"""`spend-monitor probe`: what a source's endpoints answer, keys and types only, and whether that is understood."""

import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol, TextIO, runtime_checkable

from monitor.core.errors import SourceError
from monitor.daemon.http import Http
from monitor.daemon.sources import SOURCES, Account, Connections, Endpoint, Source, connect, open_source
from monitor.daemon.sources.shapes.numbers import kind_of

_DEEPEST, _MOST_KEYS, _MOST_LEAVES = 5, 40, 25


@runtime_checkable
class Recogniser(Protocol):
    """A source that finds out what an answer means: the shape it took it for, and where its figures stood."""

    recognised: str
    paths: Mapping[str, str]


def _now() -> datetime:
    return datetime.now(UTC)


async def probe(
    account: Account, out: TextIO, *, redact: Callable[[str], str], clock: Callable[[], datetime] = _now
) -> int:
    """Print what each endpoint answers and what was recognised; return 0 if something was, else 1."""
    connections = Connections(ssl.create_default_context())
    filled, http = connect(account, connections=connections, redact=redact, clock=clock)
    source = open_source(account, connections=connections, redact=redact, clock=clock)
    try:
        out.write(f"{account.name} ({account.kind}) at {http.clean(filled.base_url or '')}\n")
        bodies = await _look(http, SOURCES[account.kind].endpoints(filled, clock()), out)
        return await _recognise(source, account, bodies, clock, out)
    finally:
        await source.close()
        await http.close()


async def _look(http: Http, endpoints: Sequence[Endpoint], out: TextIO) -> dict[str, object]:
    """Print what the endpoints answer; return the bodies of those that a field map can point into."""
    bodies: dict[str, object] = {}
    for endpoint in endpoints:
        title = f"{endpoint.method} {endpoint.title or endpoint.path or 'the address itself'}"
        try:
            answer = await http.ask(endpoint.method, endpoint.path, params=endpoint.params, content=endpoint.content)
        except SourceError as error:
            out.write(f"\n{title}: {http.clean(str(error), 400)}\n")
            continue
        out.write(f"\n{title}: {answer.status} in {answer.latency.total_seconds():.2f} s\n")
        for line in structure(answer.body):
            out.write(f"  {http.clean(line)}\n")
        if answer.ok:
            bodies.setdefault(endpoint.path, answer.body)
    return bodies


async def _recognise(
    source: Source, account: Account, bodies: dict[str, object], clock: Callable[[], datetime], out: TextIO
) -> int:
    guesses = isinstance(source, Recogniser)
    try:
        seen = await source.fetch(clock())
    except SourceError as error:
        out.write(f"\n{'Not recognised' if guesses else 'Not understood'}: {error}\n")
        if guesses:
            _suggest(account, bodies, out)
        return 1
    what = (source.recognised or "a limit that is reached") if isinstance(source, Recogniser) else account.kind
    out.write(f"\nRecognised: {what}, {len(seen.readings)} readings, quota: {'yes' if seen.quota else 'no'}")
    out.write(f", balance: {'yes' if seen.balance else 'no'}\n")
    if seen.error is not None:
        out.write(f"  but: {seen.error}\n")
    if isinstance(source, Recogniser):
        _places(source, account, out)
    return 0


def _places(source: Recogniser, account: Account, out: TextIO) -> None:
    for meaning, path in source.paths.items():
        out.write(f"  {meaning} stands at {path}\n")
    if "currency" not in source.paths:
        out.write(f"  taken as {account.currency}, as no currency is told: set {account.variable('currency')} if not\n")


def _suggest(account: Account, bodies: dict[str, object], out: TextIO) -> None:
    """Print the numbers that a field map could name."""
    leaves = [("", path) for path in numeric_leaves(bodies.get("usage"))]
    leaves += [("limits:", path) for path in numeric_leaves(bodies.get("usage/limits"))]
    if not leaves:
        out.write("No number was found: is the address right, and the key of the right kind?\n")
        return
    out.write("Set what says the month's cost, and a limit where there is one, to one of the paths below:\n")
    out.write(f"  {account.variable('fields__cost')}=...\n  {account.variable('fields__quota_limit')}=...\n")
    for prefix, path in leaves[:_MOST_LEAVES]:
        out.write(f"    {prefix}{path}\n")


def structure(value: object, name: str = "", depth: int = 0) -> Iterator[str]:
    """Yield the keys and types of an answer, one a line; never a value, and only the first entry of a list."""
    if value is None and not name:
        yield "no JSON"
        return
    shown = "".join(char for char in name if char.isprintable())[:60]
    size = f" of {len(value)}" if isinstance(value, list) else ""
    dots = ". " * depth
    yield f"{dots}{shown}: {kind_of(value)}{size}" if shown else f"{kind_of(value)}{size}"
    if depth >= _DEEPEST:
        return
    if isinstance(value, dict):
        for key in list(value)[:_MOST_KEYS]:
            yield from structure(value[key], str(key) or "(empty)", depth + 1)
    elif isinstance(value, list) and value:
        yield from structure(value[0], "[0]", depth + 1)


def numeric_leaves(value: object, path: str = "", depth: int = 0) -> Iterator[str]:
    """Yield the dotted paths of all numbers and numeric texts in an answer, the first entry of each list only."""
    if depth > _DEEPEST or value is None:
        return
    if isinstance(value, dict):
        for key in list(value)[:_MOST_KEYS]:
            yield from numeric_leaves(value[key], f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list):
        yield from numeric_leaves(value[0] if value else None, f"{path}.0" if path else "0", depth + 1)
    elif kind_of(value) == "a number" or (isinstance(value, str) and value.replace(".", "", 1).isdecimal()):
        yield path
