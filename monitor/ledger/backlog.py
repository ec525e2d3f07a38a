"""Records that could not be written: they wait in memory, are tried again by a thread, and at last are lost, aloud."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from monitor.ledger.record import RequestRecord

log = logging.getLogger("monitor.ledger")

BATCH = 50
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 5.0


@dataclass(frozen=True, slots=True)
class Health:
    """`waiting` records are in memory and not in the file yet; `lost` ones never will be. `error` None: all is well."""

    waiting: int
    lost: int
    error: str | None


class Backlog:
    """Holds at most `most` records, and drops the oldest for a new one.

    `write` puts several into the file as one, or raises and has written none.
    """

    def __init__(self, write: Callable[[Sequence[RequestRecord]], None], most: int) -> None:
        self._write = write
        self._most = most
        self._waiting: deque[RequestRecord] = deque()
        self._in_flight = 0
        self._lost = 0
        # Why records wait; None while none does. It is looked at before each record.
        self.error: str | None = None
        # Held while something is logged: a handler may itself record a request.
        self._lock = threading.RLock()
        self._flushing = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def emptied(self) -> "Backlog":
        return Backlog(self._write, self._most)

    @property
    def health(self) -> Health:
        with self._lock:
            return Health(len(self._waiting) + self._in_flight, self._lost, self.error)

    @property
    def lost(self) -> int:
        """How many records never will be in the file."""
        return self._lost

    def put(self, record: RequestRecord, error: Exception | None = None) -> None:
        """Keep a record for later; `error` is what stopped it, None where others were waiting already."""
        with self._lock:
            if self.error is None:
                self.error = str(error or "others wait to be written")
                log.warning("the ledger cannot be written, records wait in memory: %s", self.error)
            self._waiting.append(record)
            self._drop_beyond_most()
            if self._thread is None:
                self._start()

    def lose(self, count: int, why: object) -> None:
        """Count records that no file could ever take, or that there is no more time for."""
        with self._lock:
            self._lose(count, why)

    def flush(self) -> bool:
        """Write what waits, as far as that works now; return whether nothing waits any more."""
        with self._flushing:
            while batch := self._take():
                try:
                    self._write(batch)
                except Exception as error:  # noqa: BLE001 - whatever it is, the records are kept and it is told.
                    self._give_back(batch, error)
                    return False
                with self._lock:
                    self._in_flight = 0
        return self._recovered()

    def close(self) -> None:
        """Try once more; what still cannot be written is lost."""
        self._stop.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(_LONGEST_PAUSE)
        if not self.flush():
            with self._lock:
                self._lose(len(self._waiting), self.error)
                self._waiting.clear()
                self.error = None
                log.error("the ledger is closed and could not be written; records lost: %d", self._lost)

    def _start(self) -> None:
        self._stop.clear()
        thread = threading.Thread(target=self._run, name="ledger-backlog", daemon=True)
        with suppress(RuntimeError):  # No thread starts while the interpreter ends; its end tries once more.
            thread.start()
            self._thread = thread

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            stopped = self._stop.wait(pause)
            done = stopped or self.flush()
            with self._lock:
                if stopped or (done and not self._waiting):
                    self._thread = None
                    return
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _take(self) -> list[RequestRecord]:
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            self._in_flight = len(batch)
            return batch

    def _give_back(self, batch: list[RequestRecord], error: Exception) -> None:
        with self._lock:
            self._in_flight = 0
            self.error = str(error)
            self._waiting.extendleft(reversed(batch))
            self._drop_beyond_most()

    def _recovered(self) -> bool:
        """Let callers write by themselves again, unless one has put a record here meanwhile."""
        with self._lock:
            if self._waiting:
                return False
            if self.error is not None:
                log.warning("the ledger is written again; %d records were lost", self._lost)
                self.error = None
            return True

    def _drop_beyond_most(self) -> None:
        surplus = len(self._waiting) - self._most
        if surplus > 0:
            for _ in range(surplus):
                self._waiting.popleft()
            self._lose(surplus, "too many wait")

    def _lose(self, count: int, why: object) -> None:
        if count and not self._lost:
            log.error("records of the ledger are lost, this is said once: %s", why)
        self._lost += count
