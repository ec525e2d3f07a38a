"""The state folder itself: one daemon at a time, and files that are replaced whole."""

import fcntl
import os
import time
from collections.abc import Mapping
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
    for error in write_together(path.parent, {path.name: content}).values():
        raise error


def write_together(folder: Path, contents: Mapping[str, bytes]) -> Mapping[str, OSError]:
    """Replace files of a folder whole, each as `write_whole` does; return those that the disk refused, and why."""
    refused: dict[str, OSError] = {}
    beside: dict[str, int] = {}
    try:
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for name, content in contents.items():
                try:
                    beside[name] = _write_beside(name, content, place)
                except OSError as error:
                    refused[name] = error
            for name, handle in beside.items():
                try:
                    _flush(handle)
                    os.rename(f".{name}.new", name, src_dir_fd=place, dst_dir_fd=place)
                except OSError as error:
                    refused[name] = error
        finally:
            _flush(place)
    except OSError as error:
        return dict.fromkeys(contents, error)
    return refused


def _write_beside(name: str, content: bytes, place: int) -> int:
    """Return the handle of the new file in the open folder `place`; none of it need be on the disk yet."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    handle = os.open(f".{name}.new", flags, 0o600, dir_fd=place)
    try:
        write_all(handle, content)
    except OSError:
        os.close(handle)
        raise
    return handle


def _flush(handle: int) -> None:
    """Wait until what it holds is on the disk, and close it."""
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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
