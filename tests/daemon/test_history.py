"""What is kept of what happened: whole lines, bounded, read again whatever a crash left."""

import json
import os
from collections.abc import Callable
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.core.alerting.events import Attempt, Event, Mention, What
from monitor.core.budgets import Severity
from monitor.core.parsing.fields import parse_timezone
from monitor.daemon.commands.history import history_text
from monitor.daemon.history import FILES, History, Record, decoded, encoded, is_about, read_history
from monitor.daemon.snapshots import Snapshots
from tests.core.story import START

FIRED = Event(START, What.FIRED, "threshold:monthly", "3f9a1c", Severity.CRITICAL, "holysheep: 92%, größer 🐑")
ACKED = Event(START, What.ACKNOWLEDGED, "threshold:monthly", "3f9a1c", Severity.CRITICAL, "92%", "anna", START)
SILENCED = Event(START, What.SILENCED, "rule=quota", "aaaaaa", Severity.OK, "load test", "bert", START)
DELIVERED = Attempt(START, "ops", "ops", (Mention("threshold:monthly", "3f9a1c", "first"),), 1)
FAILED = Attempt(START, "ops", "pager", (Mention("quota:x", "bbbbbb", "reminder"),), 7, "HTTP 500")
ALL: list[Record] = [FIRED, ACKED, SILENCED, DELIVERED, FAILED]


def at_once(work: Callable[[], None]) -> None:
    work()


def kept(folder: Path) -> list[Record]:
    return list(read_history(folder))


def event(number: int) -> Event:
    return Event(START, What.FIRED, str(number), "3f9a1c", Severity.WARNING, "x" * 100)


def test_what_is_added_is_read_in_order(tmp_path: Path) -> None:
    history = History(tmp_path, at_once)
    history.add(ALL[:2])
    history.add(ALL[2:])

    assert kept(tmp_path) == ALL
    assert (tmp_path / "history.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_line_is_json_that_a_person_can_read() -> None:
    assert json.loads(encoded(FIRED)) == {
        "at": "2026-11-10T09:00:00Z",
        "what": "fired",
        "key": "threshold:monthly",
        "id": "3f9a1c",
        "severity": "CRITICAL",
        "summary": "holysheep: 92%, größer 🐑",
        "by": None,
        "until": None,
    }
    assert json.loads(encoded(FAILED))["what"] == "failed"
    assert json.loads(encoded(DELIVERED))["what"] == "delivered"


def test_without_a_history_there_is_nothing(tmp_path: Path) -> None:
    assert kept(tmp_path / "never") == []


def test_a_torn_last_line_is_skipped_and_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    History(tmp_path, at_once).add([FIRED, ACKED])
    path.write_bytes(path.read_bytes()[:-20])

    assert kept(tmp_path) == [FIRED]
    History(tmp_path, at_once).add([DELIVERED])
    assert kept(tmp_path) == [FIRED, DELIVERED]


def test_it_is_bounded_and_keeps_the_newest(tmp_path: Path) -> None:
    history = History(tmp_path, at_once, largest=2_000)
    for number in range(100):
        history.add([event(number)])

    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["history.jsonl", "history.jsonl.1", "history.jsonl.2", "history.jsonl.3"]
    assert len(files) == FILES
    assert all((tmp_path / name).stat().st_size <= 2_000 for name in files)
    numbers = [int(record.key) for record in kept(tmp_path) if isinstance(record, Event)]
    assert numbers == list(range(numbers[0], 100))
    assert len(numbers) > 20


def test_files_that_move_on_while_they_are_read_are_read_once(tmp_path: Path) -> None:
    History(tmp_path, at_once).add([FIRED])
    os.link(tmp_path / "history.jsonl", tmp_path / "history.jsonl.1")

    assert kept(tmp_path) == [FIRED]


def test_a_disk_that_refuses_is_said_once_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "state"
    history = History(folder, at_once)
    history.add([FIRED])
    history.add([FIRED])
    folder.mkdir()
    history.add([ACKED])

    said = capsys.readouterr().out + caplog.text
    assert said.count("history cannot be written") == 1
    assert said.count("history is written again") == 1
    assert kept(folder) == [ACKED]


async def test_it_is_written_by_the_writer_of_the_snapshots_and_lost_by_no_stop(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    history = History(tmp_path, snapshots.later)
    for number in range(50):
        history.add([event(number)])
    snapshots.close()
    history.add([event(50)])  # Too late, and no error.

    assert len(kept(tmp_path)) == 50


TEXT = st.text(max_size=20)
ZONED = st.datetimes(timezones=st.sampled_from([START.tzinfo, timezone(timedelta(hours=5, minutes=45))]))
EVENTS = st.builds(
    Event,
    ZONED,
    st.sampled_from(What),
    TEXT,
    TEXT,
    st.sampled_from(Severity),
    TEXT,
    st.none() | TEXT,
    st.none() | ZONED,
)
ATTEMPTS = st.builds(
    Attempt,
    ZONED,
    TEXT,
    TEXT,
    st.lists(st.builds(Mention, TEXT, TEXT, TEXT), max_size=3).map(tuple),
    st.integers(0, 10**6),
    st.none() | TEXT,
)


@given(EVENTS | ATTEMPTS)
def test_every_record_survives(record: Record) -> None:
    line = encoded(record)

    assert line.count(b"\n") == 1
    assert decoded(line) == record


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.binary(max_size=60) | st.sampled_from([encoded(record) for record in ALL]), max_size=8))
def test_any_bytes_are_read_and_whole_lines_are_found(tmp_path: Path, parts: list[bytes]) -> None:
    (tmp_path / "history.jsonl").write_bytes(b"\n".join(parts))

    whole = [decoded(part) for part in parts if part.endswith(b"}\n")]
    assert [record for record in kept(tmp_path) if record in ALL] == whole


@pytest.mark.parametrize(
    "line", [b"", b"1", b"[]", b'"severity"', b"null", b'{"severity": []}', b"[" * 100_000, b"9" * 5_000, b"\xff"]
)
def test_what_is_no_record_is_none(line: bytes) -> None:
    assert decoded(line) is None


def test_a_time_without_a_zone_is_no_record() -> None:
    assert decoded(encoded(FIRED).replace(b"00Z", b"00")) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("3f9a1c", [FIRED, ACKED, DELIVERED]),
        ("3F9", [FIRED, ACKED, DELIVERED]),
        ("quota:x", [FAILED]),
        ("zzz", []),
    ],
)
def test_one_alert_is_found_by_id_or_key_in_events_and_attempts(name: str, expected: list[Record]) -> None:
    assert [record for record in ALL if is_about(record, name)] == expected


def test_it_reads_as_a_table_in_the_zone_of_its_reader() -> None:
    assert history_text(ALL, parse_timezone("Europe/Berlin")).splitlines() == [
        "AT                       WHAT          ID      DETAILS",
        "2026-11-10 10:00:00 CET  fired         3f9a1c  [CRITICAL] holysheep: 92%, größer 🐑",
        "2026-11-10 10:00:00 CET  acknowledged  3f9a1c  [CRITICAL] 92% (by anna until Tue 10 Nov 10:00 CET)",
        "2026-11-10 10:00:00 CET  silenced      aaaaaa  rule=quota by bert until Tue 10 Nov 10:00 CET: load test",
        "2026-11-10 10:00:00 CET  delivered     3f9a1c  to ops (first)",
        "2026-11-10 10:00:00 CET  failed        bbbbbb  to ops, by pager (reminder, 7 alerts): HTTP 500",
    ]
