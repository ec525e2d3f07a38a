"""A thread that writes files: what waits for the disk at the same time is made durable together."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from monitor.daemon.folder import write_together

# Each holds a file open.
MOST_TOGETHER = 32


@dataclass(frozen=True, slots=True)
class Write:
    """One file to be replaced; `done` ends when it is durable, or with why it is not."""

    name: str
    content: Callable[[], bytes]
    done: asyncio.Future[None]


class GroupCommit:
    """Writes the files of one folder. Of all that waits for one file only the last is written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="snapshots")
        self._lock = Lock()
        self._waiting: list[Write] = []

    async def write(self, name: str, content: Callable[[], bytes]) -> None:
        """Replace a file whole by what `content` returns in the thread.

        Raises:
            OSError: the disk refused; the file has its former content.
        """
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        with self._lock:
            if not self._waiting:
                self.thread.submit(self._commit, loop)
            self._waiting.append(Write(name, content, done))
        await done

    def _commit(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for begin in range(0, len(waiting), MOST_TOGETHER):
            group = waiting[begin : begin + MOST_TOGETHER]
            loop.call_soon_threadsafe(_tell, group, self._failures(group))

    def _failures(self, group: Sequence[Write]) -> Mapping[str, Exception]:
        """Write the files, and return why some of them are not written."""
        failures: dict[str, Exception] = {}
        contents: dict[str, bytes] = {}
        for write in group:
            try:
                contents[write.name] = write.content()
            except Exception as bug:  # noqa: BLE001 - whoever asked is told.
                failures[write.name] = bug
        return {**failures, **write_together(self._folder, contents)}


def _tell(group: Sequence[Write], failures: Mapping[str, Exception]) -> None:
    for write in group:
        if write.done.done():
            continue  # Nobody waits any more.
        failure = failures.get(write.name)
        if failure is None:
            write.done.set_result(None)
        else:
            write.done.set_exception(failure)
