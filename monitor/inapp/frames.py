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
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the events that are complete with these bytes."""
        searched = max(len(self._rest) - 3, 0)
        self._rest += data
        while (end := _END.search(self._rest, searched)) is not None:
            # A line break that came in two pieces is not cut in two.
            if end.group() == b"\r\r" and end.end() == len(self._rest):
                break
            frame, self._rest = self._rest[: end.end()], self._rest[end.end() :]
            searched = 0
            yield frame
        if len(self._rest) > MOST_BYTES:
            yield self.rest()

    def rest(self) -> bytes:
        """Return what came after the last whole event, and forget it."""
        rest, self._rest = self._rest, b""
        return rest


def data_of(frame: bytes) -> bytes:
    """Return the data of an event, its lines joined; empty where it has none."""
    if frame.startswith(b"data: ") and frame.find(b"\n") >= len(frame) - 2:
        return frame[6:].strip()
    lines = [line[5:].removeprefix(b" ") for line in _LINES.split(frame) if line.startswith(b"data:")]
    return b"\n".join(lines).strip()
