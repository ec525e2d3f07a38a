"""Orders that a command hands to the daemon, as files: `<name>.order`, and `<name>.answer` beside it."""

import os
import stat
import time
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import Annotated

import structlog
from pydantic import Field, TypeAdapter, ValidationError

from monitor.core.alerting.orders import Answer, Order
from monitor.core.errors import InboxError
from monitor.daemon.folder import write_all

log = structlog.get_logger()

LARGEST, MOST_AT_ONCE = 65_536, 100
# An answer that nobody fetches, and a file that was never finished, go after this many seconds.
LEFT_BEHIND = 3_600
_KEPT = (".answer", ".rejected")


class Inbox:
    """The daemon's side. What is no order is set aside and said, and nothing in the folder can stop the daemon."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "inbox"
        self._failing: str | None = None
        self._stuck: set[str] = set()

    def open(self) -> None:
        """Make the folder, for its owner alone: whoever may write to it gives orders.

        Raises:
            InboxError: it cannot be made, or is another one's.
        """
        _make(self._folder)

    def take(self) -> tuple[tuple[Path, Order], ...]:
        """Return the orders that wait, the oldest first; each stays until it is answered."""
        try:
            with os.scandir(self._folder) as entries:
                names = sorted(entry.name for entry in entries)
            self._failing = None
        except OSError as error:
            if error.strerror != self._failing:
                log.warning("orders cannot be taken; alerting goes on", folder=str(self._folder), error=error.strerror)
            self._failing = error.strerror
            return ()
        orders: list[tuple[Path, Order]] = []
        for name in names:
            path = self._folder / name
            if name.startswith(".") or name.endswith(_KEPT):
                _forget(path)
            elif name not in self._stuck and len(orders) < MOST_AT_ONCE:
                try:
                    orders.append((path, _read(path)))
                except (OSError, ValueError) as error:
                    self._set_aside(path, error)
        return tuple(orders)

    def answer(self, path: Path, answer: Answer) -> None:
        """Leave the answer beside the order, and remove that."""
        try:
            _write(path.with_suffix(".answer"), _codec_of_answers().dump_json(answer), path.parent)
        except OSError as error:
            log.warning("an order was carried out, and the answer cannot be written", error=error.strerror)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            self._stuck.add(path.name)
            log.warning("an order was carried out, and it cannot be removed", file=path.name, error=error.strerror)

    def _set_aside(self, path: Path, error: Exception) -> None:
        """Move it out of the way and say so; what cannot be moved is not looked at again."""
        why = error.strerror if isinstance(error, OSError) else "it is no order"
        try:
            path.rename(path.with_name(f"{path.name}.rejected"))
        except OSError as refused:
            self._stuck.add(path.name)
            why = f"{why}, and it cannot be set aside: {refused.strerror}"
        log.error("what is in the inbox was not understood", file=path.name, reason=why)


def hand_over(state_dir: Path, order: Order) -> Path:
    """Leave an order for the daemon, and return its file.

    Raises:
        InboxError: the folder cannot be written.
    """
    folder = state_dir / "inbox"
    _make(folder)
    path = folder / f"{time.time_ns():020d}-{token_hex(4)}.order"
    try:
        _write(path, _codec().dump_json(order), folder)
    except OSError as error:
        raise InboxError(f"{folder} cannot be written: {error.strerror}") from error
    return path


def answer_to(order: Path) -> Answer | None:
    """Fetch the answer to an order, if there is one by now."""
    path = order.with_suffix(".answer")
    try:
        answer = _codec_of_answers().validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    path.unlink(missing_ok=True)
    return answer


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode):
            raise InboxError(f"{folder} is no folder")
        owner = folder.parent.stat()
        if os.geteuid() == 0 and found.st_uid != owner.st_uid:  # Root was the first to give an order.
            os.chown(folder, owner.st_uid, owner.st_gid, follow_symlinks=False)
        if os.geteuid() in (0, found.st_uid):
            folder.chmod(0o700)
    except OSError as error:
        raise InboxError(f"{folder} cannot be used: {error.strerror}") from error


def _read(path: Path) -> Order:
    """Return the order in a file that is a plain file of a plain size; a pipe or a link would hold us up."""
    if path.suffix != ".order":
        raise ValueError("not the name of an order")
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ValueError("not a plain file")
        content = os.read(handle, LARGEST + 1)
    finally:
        os.close(handle)
    return _codec().validate_json(content)


def _write(path: Path, content: bytes, owner_of: Path) -> None:
    """Write whole or not at all, so that it can be read by the owner of the folder: root may give orders too."""
    beside = path.with_name(f".{path.name}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        owner = owner_of.stat()
        if os.geteuid() != owner.st_uid:
            os.fchown(handle, owner.st_uid, owner.st_gid)
        write_all(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    beside.replace(path)


def _forget(path: Path) -> None:
    """Remove what was left behind; what was rejected stays, as someone is to look at it."""
    try:
        if path.suffix != ".rejected" and time.time() - path.lstat().st_mtime > LEFT_BEHIND:
            path.unlink()
    except OSError:
        return


@cache
def _codec() -> TypeAdapter[Order]:
    """Return what turns orders into JSON and back; made when first used, as that takes a while."""
    return TypeAdapter(Annotated[Order, Field(discriminator="order")])


@cache
def _codec_of_answers() -> TypeAdapter[Answer]:
    return TypeAdapter(Answer)
