"""Server-sent events, cut out of a stream of bytes without changing one of them.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

import re
from collections.abc import Iterator

_END = re.compile(rb"\r\n\r\n|\n\n|\r\r|\n\r\n")
_LINES = re.compile(rb"\r\n|\n|\r")
# An event that is larger is no event, and is not waited for.
MOST_BYTES = 64 * 2**20


class Frames:
    """Cuts bytes into events, each with the blank line that ends it; together they are the bytes that came in."""

    def __init__(self) -> None:
        self._data = b""
        # What is before this was cut off: a chunk of many events is not copied anew for each.
        self._start = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the events that are complete with these bytes."""
        rest = self.rest()
        self._data = rest + data
        searched = max(len(rest) - 3, 0)
        while (end := _END.search(self._data, searched)) is not None:
            # A line break that came in two pieces is not cut in two.
            if end.group() == b"\r\r" and end.end() == len(self._data):
                break
            start = self._start
            self._start = searched = end.end()
            yield self._data[start:searched]
        if len(self._data) - self._start > MOST_BYTES:
            yield self.rest()

    def rest(self) -> bytes:
        """Return what came after the last whole event, and forget it."""
        rest = self._data[self._start :]
        self._data, self._start = b"", 0
        return rest


def data_of(frame: bytes) -> bytes:
    """Return the data of an event, its lines joined; empty where it has none."""
    if frame.startswith(b"data: ") and frame.find(b"\n") >= len(frame) - 2:
        return frame[6:].strip()
    lines = [line[5:].removeprefix(b" ") for line in _LINES.split(frame) if line.startswith(b"data:")]
    return b"\n".join(lines).strip()
