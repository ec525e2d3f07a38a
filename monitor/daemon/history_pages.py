"""What happened, the newest first and a page at a time: only what is shown is read and decoded."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from monitor.daemon.history import Record, decoded, history_files

# So many lines are looked through for one page; a search goes on at the next.
MOST_LOOKED_AT = 20_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line begins: the number of its file, which stays when the file gets another name, and the byte."""

    file: int
    byte: int

    def __str__(self) -> str:
        return f"{self.file:x}-{self.byte:x}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Read what `str` wrote.

        Raises:
            ValueError: it did not.
        """
        file, mark, byte = text.partition("-")
        if not mark or len(text) > 40:
            raise ValueError("is no place in the history")
        return cls(int(file, 16), int(byte, 16))


@dataclass(frozen=True, slots=True)
class Page:
    """`older` is the place to go on from; None where there is nothing more."""

    records: tuple[Record, ...]
    older: Place | None


def history_page(
    folder: Path, limit: int, before: Place | None = None, wanted: Callable[[Record], bool] = lambda _: True
) -> Page:
    """Return the newest records before a place. Blocks: it is for a thread. A line that is torn is left out."""
    records: list[Record] = []
    for looked_at, (place, line) in enumerate(_lines_backwards(folder, before), 1):
        record = decoded(line)
        if record is not None and wanted(record):
            records.append(record)
        if len(records) == limit or looked_at == MOST_LOOKED_AT:
            return Page(tuple(records), place)
    return Page(tuple(records), None)


def _lines_backwards(folder: Path, before: Place | None) -> Iterator[tuple[Place, bytes]]:
    """Yield each line and where it begins, the newest first; nothing where the place is in no file any more."""
    reached, seen = before is None, set[int]()
    for path in history_files(folder):
        try:
            with path.open("rb") as file:
                number, content = os.fstat(file.fileno()).st_ino, file.read()
        except OSError:
            continue
        if number in seen:  # It was moved on meanwhile, and is met again under its next name.
            continue
        seen.add(number)
        end = len(content)
        if not reached and before is not None:
            if number != before.file:
                continue
            reached, end = True, min(max(before.byte, 0), end)
        while end > 0:
            start = content.rfind(b"\n", 0, end - 1) + 1
            yield Place(number, start), content[start:end]
            end = start
