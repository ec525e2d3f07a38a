"""Files of past spend: CSV, JSON, JSON lines, and the daemon's own record of a source."""

import csv
import json
from collections.abc import Iterator
from datetime import tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any

from monitor.core.errors import MonitorError, SnapshotError
from monitor.core.replaying.past import past_of_trail
from monitor.daemon.past_columns import Entry, Read, read
from monitor.daemon.snapshots import read_source


class FileError(MonitorError):
    """The file cannot be used; the message names the line or the column."""


def read_past(path: Path, zone: tzinfo, currency: str) -> Read:
    """Return the looks that the file stands for; times that name no zone are of `zone`.

    Raises:
        FileError: it cannot be read, or a row in it cannot be understood.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}") from error
    if content.startswith(b'{"version":'):
        try:
            spend = read_source(path).spend
        except SnapshotError as error:
            raise FileError(str(error)) from error
        if not spend.trail.marks:
            raise FileError(f"{path}: nothing was spent in it yet")
        return Read(
            past_of_trail(path.stem, spend), spend.currency, ("The file is a daemon's own; old times are coarser.",)
        )
    try:
        text = content.decode("utf-8-sig")
        entries = list(_of_json(text) if text.lstrip()[:1] in ("[", "{") else _of_csv(text))
        return read(entries, path.stem, zone, currency)
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: is not a text in UTF-8") from error
    except (ValueError, csv.Error) as error:
        raise FileError(f"{path}: {error}") from error


def _of_csv(text: str) -> Iterator[Entry]:
    head = text.partition("\n")[0]
    reader = csv.DictReader(text.splitlines(), delimiter=max(",;\t", key=head.count), strict=True)
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]
    for fields in reader:
        if None in fields or None in fields.values():
            raise ValueError(f"line {reader.line_num}: has {'more' if None in fields else 'fewer'} cells than the head")
        yield Entry(f"line {reader.line_num}", fields)


def _of_json(text: str) -> Iterator[Entry]:
    """Yield the objects of a list, of the one list in an object, or of lines."""
    try:
        held = json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        if error.msg != "Extra data" or not text.lstrip().startswith("{"):
            raise ValueError(f"line {error.lineno}: is no JSON: {error.msg}") from error
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield _entry(f"line {number}", _line(line, number))
        return
    if isinstance(held, dict):
        lists = [value for value in held.values() if isinstance(value, list)]
        held = lists[0] if len(lists) == 1 else [held]
    for number, one in enumerate(held, 1):
        yield _entry(f"entry {number}", one)


def _line(line: str, number: int) -> Any:
    try:
        return json.loads(line, parse_float=Decimal)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {number}: is no JSON: {error.msg}") from error


def _entry(where: str, held: Any) -> Entry:
    if not isinstance(held, dict):
        raise ValueError(f"{where}: is not an object with names")  # noqa: TRY004 - of the file, not of a caller.
    return Entry(where, {name.strip().lower(): value for name, value in held.items()})
