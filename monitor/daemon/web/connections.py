"""One connection as uvicorn speaks HTTP on it, with an end to all patience: nobody who is slow holds anything up."""

import asyncio
from http import HTTPStatus
from typing import Any, Protocol

import h11
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from monitor.daemon.web.answers import problem

# Each page that is open takes one; what is above makes the connection give way that has waited longest.
MOST_CONNECTIONS = 512
# Seconds for a request to be here whole, and for a reader to take what was written.
ASK_WITHIN, TAKE_WITHIN = 10.0, 20.0
LARGEST_HEAD = 16_384


class Guest(Protocol):
    def leave(self) -> None:
        """End it at once, whatever is still to be sent."""


class Crowd(ServerState):
    """All connections of a server. Some wait: they have no request under way, or no handshake behind them."""

    def __init__(self) -> None:
        super().__init__()
        self.arriving: set[Guest] = set()
        self._waiting: dict[Guest, asyncio.TimerHandle] = {}

    def arrives(self, guest: Guest) -> None:
        """Count one that is not yet among the connections."""
        self.arriving.add(guest)
        self.waits(guest)
        self.make_room()

    def is_in(self, guest: Guest) -> None:
        self.arriving.discard(guest)
        self.waits_no_more(guest)

    def waits(self, guest: Guest) -> None:
        """Give it some seconds, which begin when it begins to wait."""
        if guest not in self._waiting:
            self._waiting[guest] = asyncio.get_running_loop().call_later(ASK_WITHIN, guest.leave)

    def waits_no_more(self, guest: Guest) -> None:
        timer = self._waiting.pop(guest, None)
        if timer is not None:
            timer.cancel()

    def make_room(self) -> None:
        if len(self.connections) + len(self.arriving) > MOST_CONNECTIONS and self._waiting:
            longest = next(iter(self._waiting))
            self.waits_no_more(longest)
            longest.leave()


class Connection(H11Protocol):
    """uvicorn itself waits for ever for the end of a request, and for a reader that does not read."""

    def __init__(self, config: Config, crowd: Crowd, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(config, crowd, {}, loop)
        self._crowd = crowd
        self._stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._look()
        self._crowd.make_room()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(TAKE_WITHIN, self.leave)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._crowd.waits_no_more(self)
        if self._stalled is not None:
            self._stalled.cancel()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP as all else is refused, though it never reaches the site."""
        answer = problem(400, msg, {"Connection": "close", "Cache-Control": "no-store"})
        head = h11.Response(status_code=400, headers=answer.raw_headers, reason=HTTPStatus.BAD_REQUEST.phrase)
        for event in (head, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def leave(self) -> None:
        self.transport.abort()

    def _look(self) -> None:
        cycle: Any = self.cycle
        busy = cycle is not None and not cycle.more_body and not cycle.response_complete
        if busy:
            self._crowd.waits_no_more(self)
        elif not self.transport.is_closing():
            self._crowd.waits(self)
