"""What is on disk is whole and old, or whole and new; what is damaged is kept and said aloud."""

import asyncio
import subprocess
import sys
import zlib
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.alerting.alerts import Alert, Rule, SpendFacts
from monitor.core.alerting.notifications import NotificationLog, Told
from monitor.core.budgets import Severity, Thresholds
from monitor.core.channels import ChannelState
from monitor.core.errors import SnapshotError, SourceUnavailable
from monitor.core.spending.readings import Observation, Quota, Reading
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.spending.trail import Trail
from monitor.core.windows import FOREVER, Period
from monitor.daemon.envelope import wrapped
from monitor.daemon.snapshots import Memory, Snapshots
from tests.core.story import START, usd

MONTH = Period.MONTH.window(START, START.tzinfo)  # type: ignore[arg-type]
MEMORY = Memory(
    (
        Alert(
            "threshold:monthly",
            Rule.THRESHOLD,
            "holysheep",
            Severity.EMERGENCY,
            "holysheep: 96% of the monthly budget, größer 🐑",
            START,
            MONTH,
            SpendFacts(usd(96), usd(100), Decimal("0.96"), "it", START, Thresholds(), usd("0.1"), (("m", usd(1)),)),
            ("Look.",),
        ),
        Alert("snapshot", Rule.SNAPSHOT, "state folder", Severity.OK, "well", START),
    ),
    NotificationLog((Told("ops", "threshold:monthly", Severity.CRITICAL, START),)),
    channels=(ChannelState("ops", "failing", START, "timed out"),),
)


def source(amount: str | Decimal = "75.5", now: timedelta = timedelta()) -> SourceState:
    readings = (Reading(MONTH, usd(amount)), Reading(FOREVER, usd(amount), "m", tokens=3))
    seen = Observation(readings, START, timedelta(), Quota(usd(1), None), usd(3))
    return SourceState(Spend("USD")).after(seen, START + now).after(SourceUnavailable("503"), START + now)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


async def save(folder: Path, name: str = "holysheep", state: SourceState | None = None) -> None:
    snapshots = Snapshots(folder)
    snapshots.lock()
    await snapshots.save_source(name, state or source())
    await snapshots.save_memory(MEMORY)
    snapshots.close()


def load(folder: Path, *, set_aside: bool = True) -> tuple[dict[str, SourceState], Memory, tuple[str, ...]]:
    snapshots = Snapshots(folder)
    loaded = snapshots.load(["holysheep"], set_aside=set_aside)
    snapshots.close()
    return dict(loaded.sources), loaded.memory, loaded.damaged


async def test_what_is_saved_is_loaded_equal(folder: Path) -> None:
    await save(folder)

    assert load(folder) == ({"holysheep": source()}, MEMORY, ())


@settings(max_examples=15, deadline=None)
@given(amount=st.decimals(0, 10**11, places=9), minutes=st.integers(0, 10**6))
def test_every_figure_survives_exactly(tmp_path_factory: pytest.TempPathFactory, amount: Decimal, minutes: int) -> None:
    folder = tmp_path_factory.mktemp("state")
    state = source(amount, timedelta(minutes=minutes, microseconds=minutes))
    asyncio.run(save(folder, state=state))

    assert load(folder)[0] == {"holysheep": state}


def test_an_empty_folder_is_a_fresh_start(folder: Path) -> None:
    assert load(folder) == ({}, Memory(), ())


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "truncated": lambda whole: whole[: len(whole) // 2],
    "one byte short": lambda whole: whole[:-1],
    "a figure changed": lambda whole: whole.replace(b"75.5", b"15.5"),
    "wrong checksum": lambda whole: whole.replace(b'"crc32":"', b'"crc32":"0', 1),
    "an unknown version": lambda whole: whole.replace(b'"version":2', b'"version":0'),
    "binary": lambda _: bytes(range(256)) * 20,
    "marks of another shape": lambda _: wrapped(b'{"spend":{"currency":"USD","trail":{"marks":{"times":"AAA="}}}}'),
    "former marks of another shape": lambda _: wrapped(b'{"spend":{"currency":"USD","trail":{"marks":7}}}', 1),
    "another shape, well checked": lambda _: b'{"version":1,"crc32":"%08x","body":{}}' % zlib.crc32(b"{}"),
}


@pytest.mark.parametrize("damage", list(DAMAGE))
async def test_a_damaged_file_is_set_aside_and_said_and_the_rest_is_used(folder: Path, damage: str) -> None:
    await save(folder)
    path = folder / "sources" / "holysheep.json"
    content = DAMAGE[damage](path.read_bytes())
    path.write_bytes(content)

    sources, memory, damaged = load(folder)

    assert (sources, memory) == ({}, MEMORY)
    assert damaged == (f"{path}: it is damaged; set aside as holysheep.json.damaged",)
    assert not path.exists()
    assert path.with_name("holysheep.json.damaged").read_bytes() == content


async def test_a_file_of_a_newer_release_is_kept_and_named_as_such(folder: Path) -> None:
    await save(folder)
    path = folder / "alerts.json"
    content = path.read_bytes().replace(b'"version":2', b'"version":3')
    path.write_bytes(content)

    sources, memory, damaged = load(folder)

    assert (set(sources), memory) == ({"holysheep"}, Memory())
    assert damaged == (
        f"{path}: a newer release wrote it, as version 3; this one reads 2; set aside as alerts.json.newer",
    )
    assert path.with_name("alerts.json.newer").read_bytes() == content


async def test_a_file_of_the_former_version_is_read_with_all_its_marks(folder: Path) -> None:
    marks = b'[["2026-11-10T08:00:00Z","0"],["2026-11-10T08:59:30.5Z","12.345678901"],["2026-11-10T09:00:00Z","13"]]'
    body = (
        b'{"spend":{"currency":"USD","trail":{"marks":%b},"parts":[{"series":["m",null,null],'
        b'"since":"2026-11-10T08:00:00Z","trail":{"marks":%b}}]},"polls":{"marks":[]}}'
    ) % (marks, marks)
    await save(folder)
    (folder / "sources" / "holysheep.json").write_bytes(wrapped(body, 1))

    sources, _, damaged = load(folder)

    expected = Trail.of(
        [
            (START - timedelta(hours=1), Decimal(0)),
            (START - timedelta(seconds=29.5), Decimal("12.345678901")),
            (START, Decimal(13)),
        ]
    )
    spend = sources["holysheep"].spend
    assert damaged == ()
    assert (spend.trail, spend.parts[0].trail, len(sources["holysheep"].polls.marks)) == (expected, expected, 0)


async def test_a_file_of_the_former_version_may_tell_of_a_project_that_is_called_as_a_field(folder: Path) -> None:
    names = b'{"now":{"marks":"new","trail":"b"},"before":{"marks":["old"],"polls":["c"]}}'
    await save(folder)
    (folder / "sources" / "holysheep.json").write_bytes(wrapped(b'{"spend":{"currency":"USD","names":%b}}' % names, 1))

    sources, _, damaged = load(folder)

    assert (damaged, sources["holysheep"].spend.names.now["marks"]) == ((), "new")


async def test_what_was_set_aside_is_never_overwritten(folder: Path) -> None:
    path = folder / "alerts.json"
    for content in (b"first", b"second"):
        await save(folder)
        path.write_bytes(content)
        load(folder)
    await save(folder)

    assert (folder / "alerts.json.damaged").read_bytes() == b"first"
    assert (folder / "alerts.json.damaged-2").read_bytes() == b"second"


async def test_who_only_looks_moves_nothing(folder: Path) -> None:
    await save(folder)
    path = folder / "sources" / "holysheep.json"
    path.write_bytes(b"garbage")

    assert load(folder, set_aside=False)[2] == (f"{path}: it is damaged",)
    assert path.read_bytes() == b"garbage"


def test_two_daemons_cannot_share_a_folder(folder: Path) -> None:
    first, second = Snapshots(folder), Snapshots(folder)
    first.lock()

    with pytest.raises(SnapshotError, match="in use by another spend-monitor"):
        second.lock()

    second.close()
    first.close()
    third = Snapshots(folder)
    third.lock()
    third.close()


DIES_LOCKED = """
import os, sys
from pathlib import Path
from monitor.daemon.envelope import wrapped
from monitor.daemon.snapshots import Snapshots
Snapshots(Path(sys.argv[1])).lock()
os._exit(9)
"""


def test_a_lock_ends_with_its_process(folder: Path) -> None:
    subprocess.run([sys.executable, "-c", DIES_LOCKED, folder], check=False)

    snapshots = Snapshots(folder)
    snapshots.lock()
    snapshots.close()


def test_a_folder_that_cannot_be_made_or_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file" / "state", Path("/proc/spend-monitor")):
        snapshots = Snapshots(folder)
        with pytest.raises(SnapshotError, match="cannot be used: "):
            snapshots.lock()
        snapshots.close()


def test_only_the_owner_may_read(folder: Path) -> None:
    asyncio.run(save(folder))

    modes = {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*.json"))}
    assert modes == {"state": 0o700, "alerts.json": 0o600, "holysheep.json": 0o600}


async def test_a_write_that_fails_is_said(folder: Path) -> None:
    snapshots = Snapshots(folder)
    snapshots.lock()
    (folder / "sources").rmdir()

    with pytest.raises(SnapshotError, match=r"holysheep\.json cannot be written: No such file"):
        await snapshots.save_source("holysheep", source())

    snapshots.close()


FULL_DISK = """
import asyncio, resource, signal, sys
from pathlib import Path
from monitor.core.errors import SnapshotError
from monitor.daemon.envelope import wrapped
from monitor.daemon.snapshots import Snapshots
from tests.daemon.test_snapshots import source
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
try:
    asyncio.run(Snapshots(Path(sys.argv[1])).save_source("holysheep", source("99")))
except SnapshotError as error:
    sys.exit(str(error))
"""


async def test_a_disk_that_is_full_leaves_the_former_file(folder: Path) -> None:
    await save(folder)

    done = subprocess.run(  # noqa: ASYNC221
        [sys.executable, "-c", FULL_DISK, folder], capture_output=True, text=True, check=False
    )

    assert done.stderr == "holysheep.json cannot be written: File too large\n"
    assert load(folder) == ({"holysheep": source()}, MEMORY, ())


async def test_writes_end_in_the_order_in_which_they_were_asked_for(folder: Path) -> None:
    snapshots = Snapshots(folder)
    snapshots.lock()

    await asyncio.gather(*(snapshots.save_source("holysheep", source(str(number))) for number in range(20)))
    snapshots.close()

    assert load(folder)[0] == {"holysheep": source("19")}


async def test_a_half_written_file_of_a_crash_is_no_harm(folder: Path) -> None:
    await save(folder)
    (folder / "sources" / ".holysheep.json.new").write_bytes(b"half")

    assert load(folder)[2] == ()
    await save(folder, state=source("80"))
    assert load(folder)[0] == {"holysheep": source("80")}
