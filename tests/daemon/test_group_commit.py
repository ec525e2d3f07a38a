"""What waits for the disk is made durable together, and each write is told how it went."""

import asyncio
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from monitor.daemon.group_commit import MOST_TOGETHER, GroupCommit


@pytest.fixture
def files(tmp_path: Path) -> Iterator[GroupCommit]:
    files = GroupCommit(tmp_path)
    yield files
    files.thread.shutdown(wait=True)


def broken() -> bytes:
    raise LookupError("a bug")


async def test_many_files_are_written_whole(files: GroupCommit, tmp_path: Path) -> None:
    names = [f"{number}.json" for number in range(3 * MOST_TOGETHER)]

    await asyncio.gather(*(files.write(name, name.encode) for name in names))

    assert {name: (tmp_path / name).read_bytes() for name in names} == {n: n.encode() for n in names}


async def test_of_what_waits_for_one_file_the_last_is_written(files: GroupCommit, tmp_path: Path) -> None:
    may_begin = threading.Event()
    files.thread.submit(may_begin.wait)
    writes = [asyncio.create_task(files.write("a.json", text.encode)) for text in ("first", "second", "third")]
    await asyncio.sleep(0)
    may_begin.set()
    await asyncio.gather(*writes)

    assert (tmp_path / "a.json").read_bytes() == b"third"


async def test_a_write_that_fails_fails_alone(files: GroupCommit, tmp_path: Path) -> None:
    (tmp_path / "taken.json").mkdir()

    bug, refused, well = await asyncio.gather(
        files.write("bug.json", broken),
        files.write("taken.json", lambda: b"1"),
        files.write("well.json", lambda: b"2"),
        return_exceptions=True,
    )

    assert (type(bug), type(refused), well) == (LookupError, IsADirectoryError, None)
    assert (tmp_path / "well.json").read_bytes() == b"2"


async def test_a_folder_that_is_gone_fails_all(tmp_path: Path) -> None:
    files = GroupCommit(tmp_path / "gone")

    with pytest.raises(FileNotFoundError):
        await files.write("a.json", lambda: b"")

    files.thread.shutdown()


async def test_nothing_is_taken_in_after_the_end(files: GroupCommit) -> None:
    files.thread.shutdown(wait=True)

    for _ in range(2):
        with pytest.raises(RuntimeError):
            await files.write("a.json", lambda: b"")


async def test_a_large_file_that_changes_all_the_time_is_not_written_all_the_time(tmp_path: Path) -> None:
    files, made = GroupCommit(tmp_path, share=0.2), []

    def large(text: str) -> bytes:
        made.append(text)
        time.sleep(0.1)
        return text.encode()

    await files.write("a.json", lambda: large("0"))
    writes = []
    for number in range(1, 6):
        writes.append(asyncio.create_task(files.write("a.json", partial(large, str(number)))))
        await asyncio.sleep(0.01)
    await asyncio.gather(*writes)
    files.thread.shutdown(wait=True)

    assert made[0] == "0"
    assert made[-1] == "5"
    assert len(made) < 5, "each by itself would have been six"
    assert (tmp_path / "a.json").read_bytes() == b"5"


async def test_nobody_waits_for_ever_for_a_file_that_no_folder_could_hold(files: GroupCommit) -> None:
    with pytest.raises(ValueError, match="null"):
        await files.write("a\0.json", lambda: b"1")
