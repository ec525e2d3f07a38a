"""The commands on the ledger and the prices, as a shell runs them: without a key of any provider."""

import csv
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from monitor.__main__ import main
from monitor.commandline import REPORTED
from monitor.core.money import Money
from monitor.core.spending.usage import Usage
from monitor.daemon.reporting import By
from monitor.ledger.ledger import Ledger
from tests.ledger.requests import request, usd

NOW = datetime.now(UTC)
LONG_PROMPT = Usage(uncached_input_tokens=250_000, output_tokens=1_000)


@pytest.fixture(autouse=True)
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    path = tmp_path / "ledger.sqlite3"
    monkeypatch.setenv("MONITOR_LEDGER", str(path))
    ledger = Ledger(path)
    yield ledger
    ledger.close()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str, expected: int = 0) -> str:
        assert main(arguments) == expected
        return capsys.readouterr().out

    return run


def test_the_release_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(("--version",))

    assert ended.value.code == 0
    assert re.fullmatch(r"spend-monitor \d+\.\d+\.\d+\n", capsys.readouterr().out)


def filled(ledger: Ledger) -> None:
    """A week and its forerunner: two models, a repeat, an error, one without a price."""
    moments = {1: 0, 2: 1, 3: 1, 4: 2, 5: 8, 6: 2}
    at = {number: NOW - timedelta(days=days, seconds=1) for number, days in moments.items()}
    ledger.record(request(1, at=at[1], cost=usd("1"), project="search", tags=("web", "x"), prompt_hash=b"a"))
    ledger.record(request(2, at=at[2], cost=usd("2"), project="search", tags=("web",), prompt_hash=b"a"))
    ledger.record(request(3, at=at[3], cost=usd("0.5"), model="gpt-4o-mini", status="429"))
    ledger.record(request(4, at=at[4], cost=None, model="mystery", provider="relay.example.com"))
    ledger.record(request(5, at=at[5], cost=usd("4")))
    ledger.record(request(6, at=at[6], cost=Money(usd("7").amount, "CNY"), user="ann"))


def test_a_report_counts_the_days_and_their_forerunners(ledger: Ledger, run: Any) -> None:
    filled(ledger)

    seen = json.loads(run("report", "--json", "--by", "model"))

    assert [(row["model"], row["cost"], row["requests"]) for row in seen["rows"] if row["currency"] == "USD"] == [
        ("gpt-4.1", "3", 2),
        ("gpt-4o-mini", "0.5", 1),
        ("mystery", None, 1),
    ]
    dollars = next(total for total in seen["totals"] if total["currency"] == "USD")
    assert (dollars["requests"], dollars["errors"], dollars["unpriced_requests"]) == (4, 1, 1)
    assert (dollars["cost"], dollars["input_tokens"], dollars["cached_tokens"]) == ("3.5", 4800, 800)
    assert (dollars["repeated_requests"], dollars["repeated_cost"]) == (1, "1")
    assert [total["cost"] for total in seen["before"]] == ["4"]


def test_what_the_cache_saved_is_known_from_the_prices(ledger: Ledger, run: Any) -> None:
    usage = Usage(uncached_input_tokens=10, cache_read_tokens=1_000_000, output_tokens=5)
    ledger.record(request(1, at=NOW, usage=usage, cost=usd("0.5")))

    (row,) = json.loads(run("report", "--json", "--by", "project"))["rows"]

    assert row["cache_saving"] == "1.5"  # $0.50 a million in place of $2.


@pytest.mark.parametrize("by", REPORTED)
def test_a_report_can_tell_apart_by_anything_in_any_form(ledger: Ledger, run: Any, by: str) -> None:
    filled(ledger)

    seen = json.loads(run("report", "--json", "--by", by))
    lines = list(csv.DictReader(StringIO(run("report", "--csv", "--by", by))))
    text = run("report", "--by", by)

    assert seen["by"] == by
    assert [row[by] for row in seen["rows"]] == [line[by] for line in lines]
    assert list(seen["rows"][0]) == list(lines[0])
    assert by.upper() in text
    assert "+ 1 unpriced" in text


def test_a_name_in_a_csv_report_is_no_formula(ledger: Ledger, run: Any) -> None:
    ledger.record(request(1, at=datetime.now(UTC), user="=cmd|' /C calc'!A0"))

    assert "\n'=cmd|" in run("report", "--csv", "--by", "user")


def test_all_ways_to_tell_apart_are_offered() -> None:
    assert sorted(REPORTED) == sorted(By)


def test_by_tag_a_request_counts_under_each(ledger: Ledger, run: Any) -> None:
    filled(ledger)

    rows = json.loads(run("report", "--json", "--by", "tag"))["rows"]

    assert {row["tag"]: row["requests"] for row in rows if row["currency"] == "USD"} == {"web": 2, "x": 1, "": 2}


def test_days_are_those_of_the_zone(ledger: Ledger, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_TIMEZONE", "Pacific/Kiritimati")  # 14 hours ahead: often another day than in UTC.
    ledger.record(request(1, at=NOW))

    (row,) = json.loads(run("report", "--json", "--days", "1"))["rows"]

    assert row["day"] == (NOW + timedelta(hours=14)).date().isoformat()


def test_an_empty_ledger_is_a_report_of_nothing(ledger: Ledger, run: Any) -> None:
    ledger.record(request(1, at=NOW - timedelta(days=400)))

    seen = json.loads(run("report", "--json"))

    assert (seen["rows"], seen["total"]["requests"], seen["total"]["cost"]) == ([], 0, "0")


def test_another_model_is_priced_request_by_request(ledger: Ledger, run: Any) -> None:
    ledger.record(request(1, at=NOW, usage=LONG_PROMPT, cost=usd("1")))
    ledger.record(request(2, at=NOW, usage=Usage(150_000, output_tokens=1_000), cost=usd("1")))
    ledger.record(request(3, at=NOW, usage=LONG_PROMPT, cost=None))

    seen = json.loads(run("compare", "anthropic/claude-sonnet-4-5", "gpt-4.1", "nobody/nothing", "--json"))

    assert (seen["spent"], seen["currency"]) == ("2", "USD")
    assert [(choice["model"], choice["cost"]) for choice in seen["models"]] == [
        ("gpt-4.1", "0.816"),
        # 250,000 at $6 and 1,000 at $22.50, as that prompt is a long one; 150,000 at $3 and 1,000 at $15.
        ("claude-sonnet-4-5", "1.9875"),
        ("nothing", None),
    ]


def test_a_comparison_is_against_what_was_paid(ledger: Ledger, run: Any) -> None:
    ledger.record(request(1, at=NOW, usage=Usage(1_000_000), cost=usd("4")))

    text = run("compare", "openai/gpt-4.1")

    assert "cost $4.00" in text
    assert "50%" in text


def test_a_price_says_who_names_it(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "prices.toml"
    own.write_text('[relay."gpt-4.1"]\ninput = 1\noutput = 2\n')
    monkeypatch.setenv("MONITOR_PRICES", str(own))

    seen = json.loads(run("prices", "gpt-4.1", "--json"))

    named = {entry["provider"]: (entry["input"], entry["output"], entry["origin"]) for entry in seen}
    assert named["relay"] == ("1", "2", str(own))
    assert named["openai"] == ("2", "8", "genai-prices: gpt-4.1")
    assert named["holysheep"][1] == "8"


def test_a_model_that_nobody_prices_is_said(run: Any) -> None:
    assert "has no price" in run("prices", "nobody-makes-this", expected=1)


def test_without_a_model_the_tables_are_shown(run: Any) -> None:
    text = run("prices")

    assert "claude-sonnet-4.5" in text
    assert "$15.00" in text
    assert "code interpreter" in text


def test_a_price_for_one_is_shown_as_such(run: Any) -> None:
    (entry,) = json.loads(run("prices", "openai/whisper-1", "--json"))

    assert (entry["unit"], entry["amount"], entry["currency"]) == ("second", "0.0001", "USD")
    assert "$0.00010" in run("prices", "openai/whisper-1")


def test_requests_are_exported_line_by_line(ledger: Ledger, run: Any) -> None:
    filled(ledger)

    lines = list(csv.DictReader(StringIO(run("export", "--days", "5"))))
    objects = [json.loads(line) for line in run("export", "--days", "5", "--json").splitlines()]

    assert len(lines) == len(objects) == 5
    assert [line["request_id"] for line in lines] == [entry["request_id"] for entry in objects]


@pytest.mark.parametrize("command", ["report", "compare", "export"])
def test_a_ledger_that_is_not_there_is_said(command: str, ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command]) == 1

    assert f"there is no ledger at {ledger.path}" in capsys.readouterr().err
    assert not ledger.path.exists()


def test_wrong_settings_are_said_all_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("MONITOR_TIMEZONE", "Europe/Belin")
    monkeypatch.setenv("MONITOR_PRICES", str(tmp_path / "none.toml"))

    assert main(["report"]) == 2

    said = capsys.readouterr().err
    assert "MONITOR_TIMEZONE is not a time zone; did you mean Europe/Berlin?" in said
    assert "MONITOR_PRICES names a file that cannot be read" in said


@pytest.mark.parametrize("days", ["0", "-1", "many", "99999"])
def test_days_are_a_sensible_number(days: str) -> None:
    with pytest.raises(SystemExit):
        main(["report", "--days", days])
