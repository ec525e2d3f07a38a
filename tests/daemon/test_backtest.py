"""A file of past spend through the rules, as it is typed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from monitor.__main__ import main
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.daemon.past_columns import Read
from monitor.daemon.past_files import FileError, read_past
from monitor.daemon.snapshots import Snapshots

Told = Callable[..., tuple[int, str, str]]
START = datetime(2026, 11, 10, 0, 0, tzinfo=UTC)


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Told:
    """Write a file and return what the command says of it: exit code, stdout and stderr."""
    for name in ("MONITOR_MONTHLY_BUDGET", "MONITOR_TIMEZONE", "HOLYSHEEP_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    def run(content: str, *arguments: str, name: str = "openai.csv") -> tuple[int, str, str]:
        path = tmp_path / name
        path.write_text(content)
        code = main(["backtest", str(path), *arguments])
        return (code, *capsys.readouterr())

    return run


def loop(column: str = "cost") -> str:
    """Return a quiet hour by the minute, half an hour of $60 an hour, and a quiet hour."""
    costs = [0.01] * 60 + [1.0] * 30 + [0.01] * 60
    times = [START + timedelta(minutes=number) for number in range(len(costs))]
    return f"time,{column}\n" + "".join(f"{at:%Y-%m-%dT%H:%MZ},{c}\n" for at, c in zip(times, costs, strict=True))


def test_the_timeline_and_what_other_settings_would_have_done(told: Told) -> None:
    code, out, _ = told(loop(), "--budget", "500")

    assert code == 0
    assert "Against the monthly budget of $500.00, told at 70%, 90%, 95%." in out
    lines = out.splitlines()
    (first,) = [line for line in lines if "[EMERGENCY]" in line]
    assert first.startswith("Tue 10 Nov 01:10 UTC  [EMERGENCY] openai: spending 86x faster than the monthly budget")
    assert "$10.60" in first
    assert first.endswith("$10.00 in 10 min")
    (slower,) = [line for line in lines if line.startswith("burn rate x2")]
    assert "Tue 10 Nov 01:20 UTC" in slower


def test_no_key_is_needed_and_the_budgets_are_those_of_the_settings(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_MONTHLY_BUDGET", "40")

    _, out, _ = told(loop())

    assert "Against the monthly budget of $40.00" in out
    assert "[EMERGENCY] openai: spending" in out


def test_what_is_only_said_again_is_counted(told: Told) -> None:
    rows = "".join(f"2026-11-10T{hour:02}:00Z,{100 if hour == 1 else 0}\n" for hour in range(24))

    _, out, _ = told(f"time,cost\n{rows}", "--budget", "100", "--set", "burn_rate.enabled=false")

    assert len([line for line in out.splitlines() if line.startswith("Tue 10 Nov") and "100%" in line]) == 1
    assert "And 5 reminders of what went on, one every 4 h." in out


def test_a_rule_is_tuned_for_once(told: Told) -> None:
    _, out, _ = told(loop(), "--budget", "500", "--set", "burn_rate.enabled=false", "--set", "spike.enabled=no")

    assert "Nothing would have been told." in out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("burn_rate.emergenci=3x/1h/5m", "did you mean burn_rate.emergency?"),
        ("burn_rate.emergency=fast", "--set burn_rate.emergency=fast"),
        ("threshold.warning", "RULE.FIELD=VALUE"),
        ("threshold.warning=0.99", "not above the one before"),
    ],
)
def test_a_wrong_change_is_named(told: Told, change: str, said: str) -> None:
    code, _, error = told(loop(), "--budget", "500", "--set", change)

    assert code == 2
    assert said in error


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("time,cost\n2026-11-01,1\n2026-11-02,abc\n", "line 3: cost is no amount of money: abc"),
        ("time,cost\nyesterday,1\n", "line 2: time is no time"),
        ("time,cost\n2026-11-01,-1\n", "line 2: cost is no amount of money"),
        ("time,cost\n2026-11-01,1,2\n", "line 2: has more cells than the head"),
        ("tyme,cost\n2026-11-01,1\n", "there is no time among cost, tyme; did you mean tyme?"),
        ("time,cost,currency\n2026-11-01,1,USD\n2026-11-02,1,EUR\n", "one file holds one currency"),
        ('[{"time": "2026-11-01", "cost": 1},\n{"time"]', "line 2: is no JSON"),
        ('{"time": "2026-11-01", "cost": 1}\n{"time": 3', "line 2: is no JSON"),
        ('[{"time": "2026-11-01", "cost": true}]', "entry 1: cost is no amount of money"),
        ("", "holds no row of spend"),
        ('{"version":1,"crc32":"0","body":{}}', "it is damaged"),
    ],
)
def test_a_bad_file_is_one_clear_line(told: Told, content: str, said: str) -> None:
    code, out, error = told(content, "--budget", "500")

    assert (code, out) == (1, "")
    assert said in error
    assert len(error.splitlines()) == 1


def test_a_file_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backtest", str(tmp_path / "none.csv"), "--budget", "5"]) == 1
    assert capsys.readouterr().err.endswith("none.csv: No such file or directory\n")


def test_what_is_not_used_and_what_was_assumed_is_said(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_TIMEZONE", "Europe/Berlin")

    _, out, _ = told("Time;Cost;Tokens\n2026-11-01 09:00;1;5\n2026-11-01 10:00;1;5\n", "--budget", "500")

    assert "Not used of the file: tokens." in out
    assert "Times that name no zone were taken as Europe/Berlin (MONITOR_TIMEZONE)." in out
    assert "$2.00 from Sun 01 Nov 09:00 CET to Sun 01 Nov 11:00 CET" in out


def test_the_json_has_amounts_as_text_and_the_same_story(told: Told) -> None:
    _, out, _ = told(loop(), "--budget", "500", "--json")
    document = json.loads(out)

    assert document["spent"] == "31.20"
    first = document["timeline"][0]
    assert (first["at"], first["severity"], first["rule"]) == ("2026-11-10T01:10:00Z", "EMERGENCY", "burn_rate")
    assert (first["spent"], first["rose_since"]) == ("10.60", "2026-11-10T01:00:00Z")
    assert document["variants"][0]["name"] == "as set"
    assert document["variants"][0]["first"] == first


def test_a_running_total_tells_the_same_story(told: Told) -> None:
    total, lines = 0.0, ["time,total"]
    for row in loop().splitlines()[1:]:
        at, cost = row.split(",")
        lines.append(f"{at},{total:.2f}")
        total += float(cost)

    _, out, _ = told("\n".join(lines), "--budget", "500")

    assert "total was read as a running total" in out
    assert "Tue 10 Nov 01:10 UTC  [EMERGENCY]" in out


async def test_the_daemons_own_record_of_a_source_is_read(tmp_path: Path) -> None:
    (tmp_path / "past.csv").write_text(loop())
    state = SourceState(Spend("USD"))
    for look in read_past(tmp_path / "past.csv", UTC, "USD").past.looks:
        state = state.after(look.seen, look.at)
    snapshots = Snapshots(tmp_path / "state")
    snapshots.lock()
    await snapshots.save_source("openai", state)
    snapshots.close()

    read = read_past(tmp_path / "state" / "sources" / "openai.json", UTC, "EUR")

    assert [watched.name for watched in read.past.watched] == ["openai"]
    assert read.currency == "USD"
    assert len(read.past.looks) == len(state.spend.trail.marks)


words = st.sampled_from(["time", "cost", "2026-11-01", "1.5", ",", "\n", '"', "{", "}", "[", "]", ":", "\x00", "é"])
contents = st.binary(max_size=60) | st.lists(words, max_size=20).map(lambda parts: "".join(parts).encode())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents)
@example(b'time,cost\n"')
@example(b"time,cost\n9999999999999,1")
@example(b'[{"time": 1e400, "cost": NaN}]')
@example(b"time,cost\n0001-01-01,1\n9999-12-31,1")
def test_any_file_is_read_or_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(content)

    try:
        read: object = read_past(path, ZoneInfo("America/New_York"), "USD")
    except FileError as error:
        read = error

    assert isinstance(read, Read | FileError)
