"""What becomes of a streamed answer's bytes: they pass on as they are, and what they tell is heard beside."""

from collections.abc import Callable, Iterator

from monitor.inapp.call import Call
from monitor.inapp.frames import MOST_BYTES, Frames, data_of
from monitor.inapp.guard import say_once
from monitor.inapp.heard import decoded

_DONE = b"[DONE]"


class Watch:
    """Any kind of streamed body. `passing` gives what the caller gets for the bytes that came."""

    def __init__(self, call: Call) -> None:
        self.call = call

    def passing(self, data: bytes) -> bytes:
        raise NotImplementedError

    def end(self) -> bytes:
        """Take note that the body is over; return what was kept back of it."""
        raise NotImplementedError

    def fail(self, error: BaseException) -> None:
        """Take note that it broke off, or that nobody reads on; never raises."""
        try:
            self.call.fail(error)
        except Exception as own:  # noqa: BLE001 - the customer gets his error and not ours.
            say_once("a broken answer could not be recorded", own)


class Events(Watch):
    """A stream of events. `hide`: the caller did not ask for the usage, and does not get the event that only has it."""

    def __init__(self, call: Call, *, hide: bool) -> None:
        super().__init__(call)
        self._hide = hide
        self._frames = Frames()
        self._failed = False

    def passing(self, data: bytes) -> bytes:
        if self._failed:
            return data
        shown = bytearray()
        try:
            for frame in self._frames.feed(data):
                only_usage = self._hear(frame)
                if not (only_usage and self._hide):
                    shown += frame
        except Exception as error:  # noqa: BLE001 - the customer's stream goes on, unread.
            say_once("a stream could not be read", error)
            self._failed = True
            return bytes(shown) + self._frames.rest() if self._hide else data
        return bytes(shown) if self._hide else data

    def end(self) -> bytes:
        rest = self._frames.rest()
        try:
            if rest and not self._failed:
                self._hear(rest)
            self.call.succeed()
        except Exception as error:  # noqa: BLE001 - as above.
            say_once("a streamed answer could not be recorded", error)
        return rest if self._hide else b""

    def _hear(self, frame: bytes) -> bool:
        """Take an event in; return whether it tells the usage and nothing else."""
        data = data_of(frame)
        if not data:
            return False
        heard = self.call.heard
        piece = {} if data == _DONE else decoded(data)
        if not isinstance(piece, dict):
            return False
        if data == _DONE:
            heard.ended = True
        else:
            heard.hear(piece)
        if not heard.ended:
            return False
        if piece.get("usage") and piece.get("choices") == []:
            return True
        # The record is there before the caller learns that the answer is over.
        if "choices" not in piece:
            self.call.succeed()
        return False


class Whole(Watch):
    """A body that makes sense only when it is complete: JSON, or events that came compressed."""

    def __init__(self, call: Call, read: Callable[[bytes], None]) -> None:
        super().__init__(call)
        self._read = read
        self._pieces: list[bytes] = []
        self._size = 0

    def passing(self, data: bytes) -> bytes:
        self._size += len(data)
        if self._size <= MOST_BYTES:
            self._pieces.append(data)
        return data

    def end(self) -> bytes:
        try:
            self._read(b"".join(self._pieces))
            self.call.succeed()
        except Exception as error:  # noqa: BLE001 - as above.
            say_once("an answer could not be recorded", error)
        return b""


def pieces(frames: bytes) -> Iterator[bytes]:
    """Yield the data of all events in a stream that is complete."""
    cutter = Frames()
    for frame in (*cutter.feed(frames), cutter.rest()):
        if data := data_of(frame):
            yield data
