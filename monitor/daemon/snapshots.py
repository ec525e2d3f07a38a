"""State in files: versioned, checked, written atomically and durably, never overwritten when damaged."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from monitor.core.alerting.alerts import Alert
from monitor.core.alerting.episodes import Episode
from monitor.core.alerting.muting import Silence
from monitor.core.alerting.notifications import NotificationLog
from monitor.core.alerting.quiet import Held
from monitor.core.channels import ChannelState
from monitor.core.errors import SnapshotError
from monitor.core.spending.source import SourceState
from monitor.daemon import envelope
from monitor.daemon.folder import Lock
from monitor.daemon.former import with_packed_marks
from monitor.daemon.group_commit import GroupCommit

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Memory:
    """What `alerts.json` holds: what fires, who was told, and what is silenced or held back."""

    alerts: tuple[Alert, ...] = ()
    log: NotificationLog = field(default_factory=NotificationLog)
    silences: tuple[Silence, ...] = ()
    held: tuple[Held, ...] = ()
    channels: tuple[ChannelState, ...] = ()
    episodes: tuple[Episode, ...] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the folder held; `damaged` names each file that could not be read, and where it was set aside."""

    sources: Mapping[str, SourceState]
    memory: Memory
    damaged: tuple[str, ...]


class Snapshots:
    """The state folder. What is written to one file goes through one thread, in the order in which it was asked for."""

    def __init__(self, folder: Path, lock: Lock | None = None) -> None:
        self.folder = folder
        self._sources = GroupCommit(folder / "sources")
        # In an outage of thousands of accounts the alerts change at each poll, and are megabytes.
        self._rest = GroupCommit(folder, share=0.2)
        self._lock = lock or Lock(folder)

    def lock(self) -> None:
        """Take the folder for this process, until `close` or the end of the process; raises as `Lock.take` does."""
        self._lock.take()

    def load(self, names: Iterable[str], *, set_aside: bool) -> Loaded:
        """Read what is known of the sources `names`, and the memory of alerts; missing files are a fresh start."""
        damaged: list[str] = []

        def read(path: Path, kind: type) -> Any:
            try:
                return _read(path, kind)
            except FileNotFoundError:
                return None
            except (OSError, ValueError, ValidationError) as error:
                damaged.append((envelope.set_aside if set_aside else envelope.unreadable)(path, error))
                return None

        sources = {name: read(self._path(name), SourceState) for name in names}
        memory = read(self.folder / "alerts.json", Memory)
        return Loaded(
            {name: source for name, source in sources.items() if source is not None},
            memory if memory is not None else Memory(),
            tuple(damaged),
        )

    async def save_source(self, name: str, source: SourceState) -> None:
        """Write one source's file.

        Raises:
            SnapshotError: the disk refused; the file has its former content.
        """
        await _save(self._sources, f"{name}.json", SourceState, source)

    async def save_memory(self, memory: Memory) -> None:
        """Write `alerts.json`; raises as `save_source` does."""
        await _save(self._rest, "alerts.json", Memory, memory)

    async def in_turn(self, work: Callable[[], Result]) -> Result:
        """Do other work with the folder in the thread that writes it: a disk that hangs holds up that thread alone."""
        return await asyncio.get_running_loop().run_in_executor(self._rest.thread, work)

    def later(self, work: Callable[[], None]) -> None:
        """Do it after all that was asked for before, and wait for nothing; after `close` it is not done."""
        with suppress(RuntimeError):
            self._rest.thread.submit(work)

    def close(self) -> None:
        for files in (self._sources, self._rest):
            files.thread.shutdown(wait=True)
        self._lock.release()

    def _path(self, name: str) -> Path:
        return self.folder / "sources" / f"{name}.json"


async def _save(files: GroupCommit, name: str, kind: type, value: object) -> None:
    try:
        await files.write(name, lambda: envelope.wrapped(_codec(kind).dump_json(value)))
    except OSError as error:
        raise SnapshotError(f"{name} cannot be written: {error.strerror}") from error


@cache
def _codec(kind: type) -> TypeAdapter[Any]:
    """Return what turns the kind into JSON and back; made when first used, as making it delays a first poll."""
    return TypeAdapter(kind)


def read_source(path: Path) -> SourceState:
    """Return what a file of the folder `sources` holds, wherever it was copied to.

    Raises:
        SnapshotError: it cannot be read, or it is damaged.
    """
    try:
        source: SourceState = _read(path, SourceState)
    except (OSError, ValueError, ValidationError) as error:
        raise SnapshotError(envelope.unreadable(path, error)) from error
    return source


def _read(path: Path, kind: type) -> Any:
    version, body = envelope.unwrapped(path.read_bytes())
    return _codec(kind).validate_json(body if version > 1 else with_packed_marks(body))
