"""A thread that writes files: what waits for the disk at the same time is made durable together."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from monitor.daemon.folder import write_together

# Each holds a file open.
MOST_TOGETHER = 32
# What takes no longer needs no pause.
LONG_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Write:
    """One file to be replaced; `done` ends when it is durable, or with why it is not."""

    name: str
    content: Callable[[], bytes]
    done: asyncio.Future[None]


class GroupCommit:
    """Writes the files of one folder. Of all that waits for one file only the last is written.

    `share` is of the time that it may take: a large file that changes all the time waits in between.
    """

    def __init__(self, folder: Path, share: float = 1.0) -> None:
        self._folder = folder
        self._share = share
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
        began = time.monotonic()
        with self._lock:
            waiting, self._waiting = self._waiting, []
        files: dict[str, list[Write]] = {}
        for write in waiting:
            files.setdefault(write.name, []).append(write)
        names = list(files)
        for begin in range(0, len(names), MOST_TOGETHER):
            group = {name: files[name] for name in names[begin : begin + MOST_TOGETHER]}
            loop.call_soon_threadsafe(_tell, group, self._failures(group))
        if (took := time.monotonic() - began) > LONG_SECONDS:
            time.sleep(took * (1 / self._share - 1))

    def _failures(self, group: Mapping[str, Sequence[Write]]) -> Mapping[str, Exception]:
        """Write the files, and return why some of them are not written."""
        failures: dict[str, Exception] = {}
        contents: dict[str, bytes] = {}
        for name, writes in group.items():
            try:
                contents[name] = writes[-1].content()
            except Exception as bug:  # noqa: BLE001 - whoever asked is told.
                failures[name] = bug
        try:
            return {**failures, **write_together(self._folder, contents)}
        except Exception as bug:  # noqa: BLE001 - as above: nobody waits for ever.
            return dict.fromkeys(group, bug)


def _tell(group: Mapping[str, Sequence[Write]], failures: Mapping[str, Exception]) -> None:
    for write in (write for writes in group.values() for write in writes):
        if write.done.done():
            continue  # Nobody waits any more.
        failure = failures.get(write.name)
        if failure is None:
            write.done.set_result(None)
        else:
            write.done.set_exception(failure)
