"""The state folder itself: one daemon at a time, and files that are replaced whole."""

import fcntl
import os
import time
from pathlib import Path

from monitor.core.errors import SnapshotError


class Lock:
    """Holds the folder for this process, from `take` until `release` or the end of the process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._handle: int | None = None

    def take(self) -> None:
        """Take the folder, which is made where there is none; what is held already stays held.

        Raises:
            SnapshotError: it cannot be made or written, or another daemon holds it.
        """
        if self._handle is not None:
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # Parents that are made get the usual mode.
            (self._folder / "sources").mkdir(mode=0o700, exist_ok=True)
            self._handle = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            _take(self._handle)
            write_whole(self._folder / ".writable", b"")
            (self._folder / ".writable").unlink()
        except BlockingIOError as error:
            raise SnapshotError(f"{self._folder} is in use by another spend-monitor") from error
        except OSError as error:
            raise SnapshotError(f"the state folder {self._folder} cannot be used: {error.strerror}") from error

    def release(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def in_use(folder: Path) -> bool:
    """Tell whether a daemon runs on the folder."""
    try:
        handle = os.open(folder / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def write_whole(path: Path, content: bytes) -> None:
    """Replace `path` whole: after a power cut it is the old file or the new one."""
    beside = path.with_name(f".{path.name}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        write_all(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_all(handle: int, content: bytes) -> None:
    """Write to the end: the system may take less of it at a time."""
    while content:
        content = content[os.write(handle, content) :]


def _take(lock: int) -> None:
    """Take the lock; who only asks whether it is held holds it for a moment, which is waited for."""
    for _ in range(5):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
