"""What happened, kept: each event and each attempt to deliver is a line of JSON, and the oldest make room."""

import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, assert_never

import structlog
from pydantic import TypeAdapter

from monitor.core.alerting.events import Attempt, Event
from monitor.core.budgets import Severity
from monitor.daemon.folder import write_all

log = structlog.get_logger()

NAME = "history.jsonl"
LARGEST, FILES = 5_000_000, 4
# What waits for a disk that hangs; then the oldest go.
MOST_WAITING = 10_000

Record = Event | Attempt


class History:
    """Appends to `history.jsonl`. `add` never waits: `later` does the work elsewhere, one after the other."""

    def __init__(self, folder: Path, later: Callable[[Callable[[], None]], object], largest: int = LARGEST) -> None:
        self._path = folder / NAME
        self._later = later
        self._largest = largest
        self._waiting: deque[Record] = deque(maxlen=MOST_WAITING)
        self._failing = False

    def add(self, records: Iterable[Record]) -> None:
        self._waiting.extend(records)
        self._later(self._flush)

    def _flush(self) -> None:
        lines = []
        while self._waiting:
            lines.append(encoded(self._waiting.popleft()))
        if not lines:
            return
        try:
            _append(self._path, b"".join(lines), self._largest)
        except OSError as error:
            if not self._failing:
                self._failing = True
                log.warning("history cannot be written; all else goes on", error=error.strerror)
            return
        if self._failing:
            self._failing = False
            log.info("history is written again")


def read_history(folder: Path) -> Iterator[Record]:
    """Yield what is kept, the oldest first. A line that cannot be read is skipped: a crash may have torn it."""
    with ExitStack() as opened:
        files: dict[int, Any] = {}
        # The newest first: a file that is moved on meanwhile is met again under its next name, and known by its number.
        for path in _paths(folder / NAME):
            try:
                file = opened.enter_context(path.open("rb"))
            except FileNotFoundError:
                continue
            files.setdefault(os.fstat(file.fileno()).st_ino, file)
        for file in reversed(files.values()):
            for line in file:
                record = decoded(line)
                if record is not None:
                    yield record


def history_files(folder: Path) -> tuple[Path, ...]:
    """Return where records may be, the newest first."""
    return tuple(_paths(folder / NAME))


def is_about(record: Record, alert: str) -> bool:
    """Tell whether it is of the alert of that id, of an id that begins so, or of that key."""

    def is_meant(key: str, name: str) -> bool:
        return key == alert or name.startswith(alert.lower())

    match record:
        case Event():
            return is_meant(record.key, record.id)
        case Attempt():
            return any(is_meant(mention.key, mention.id) for mention in record.alerts)
        case _:
            assert_never(record)


def encoded(record: Record) -> bytes:
    return json.dumps(as_fields(record), ensure_ascii=False).encode(errors="backslashreplace") + b"\n"


def as_fields(record: Record) -> dict[str, Any]:
    """Return the record as a JSON object."""
    fields: dict[str, Any] = _codec().dump_python(record, mode="json")
    match record:
        case Event():
            fields["severity"] = record.severity.name
        case Attempt():
            fields["what"] = "failed" if record.error is not None else "delivered"
    return fields


def decoded(line: bytes) -> Record | None:
    """Return the record, or None for what is none."""
    try:
        fields = json.loads(line)
        if "severity" in fields:
            fields["severity"] = Severity[fields["severity"]]
        record: Record = _codec().validate_python(fields)
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    return record if record.at.tzinfo is not None else None


@cache
def _codec() -> TypeAdapter[Record]:
    """Return what turns records into JSON and back; made when first used, as that takes a while."""
    return TypeAdapter(Event | Attempt)


def _paths(path: Path) -> list[Path]:
    return [path, *(path.with_name(f"{path.name}.{number}") for number in range(1, FILES))]


def _append(path: Path, content: bytes, largest: int) -> None:
    """Append whole lines, in a new file where this one is full; behind a line that was torn a new one begins."""
    if path.exists() and path.stat().st_size + len(content) > largest:
        paths = _paths(path)
        for newer, older in reversed(list(pairwise(paths))):
            if newer.exists():
                newer.replace(older)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            content = b"\n" + content
        write_all(handle, content)
    finally:
        os.close(handle)
