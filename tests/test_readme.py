"""README.md says what the code does: its tables are held against the code's own."""

import argparse
import re
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.commandline import parser
from monitor.core.alerting.alerts import Rule
from monitor.core.budgets import Severity
from monitor.daemon.commands.sight import span
from monitor.daemon.settings import SETTINGS, load_settings
from monitor.daemon.sources import BUILT_IN, SOURCES, Kind
from monitor.daemon.web.metrics import METRICS
from monitor.daemon.web.operations import OPERATIONS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = (
    "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/spend-monitor demo",
    ".venv/bin/pip install -e '.[dev]' && .venv/bin/pytest",
)
# Whatever else looks like a host has no place in it, a package registry least of all.
HOSTS = {"relay.example.com", "gateway.example.com"}


def section(title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"README.md has no section {title}"
    return found[1]


def rows(title: str) -> list[list[str]]:
    """Return the cells of all tables in a section, heads left out: rows whose first cell is code."""
    lines = [line for line in section(title).splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" |")] for line in lines]


def subcommands() -> dict[str, argparse.ArgumentParser]:
    # argparse has no public way to ask for them.
    choices = [action.choices for action in parser()._actions if isinstance(action, argparse._SubParsersAction)]
    assert len(choices) == 1
    return dict(choices[0])


def plain(cell: str) -> str:
    return cell.replace("`", "").strip()


def test_every_setting_and_no_other_is_described() -> None:
    described = [plain(row[0]) for row in rows("Settings")]
    assert sorted(described) == sorted(setting.name for setting in SETTINGS)


def test_the_defaults_are_those_of_the_code() -> None:
    described = {plain(row[0]): plain(row[2]) for row in rows("Settings")}
    assert described == {setting.name: setting.default for setting in SETTINGS}


def test_secrets_are_marked() -> None:
    marked = {plain(row[0]) for row in rows("Settings") if row[1].startswith("*secret*")}
    assert marked == {setting.name for setting in SETTINGS if setting.secret}


def test_every_setting_is_explained() -> None:
    assert [row for row in rows("Settings") if len(row) != 3 or not row[1]] == []


def test_every_command_and_no_other_is_described() -> None:
    described = [plain(row[0]).split()[0] for row in rows("Commands")]
    assert sorted(described) == sorted(subcommands())


def test_the_commands_take_what_is_described() -> None:
    described = {plain(row[0]).split()[0]: _arguments_of_text(plain(row[0])) for row in rows("Commands")}
    assert described == {name: _arguments(command) for name, command in subcommands().items()}


def test_every_command_has_exit_codes() -> None:
    assert [row[0] for row in rows("Commands") if len(row) != 3 or not re.match(r"0\b|as `", row[2])] == []


def test_every_rule_and_no_other_is_described() -> None:
    assert sorted(plain(row[0]) for row in rows("Alerts")) == sorted(Rule)


def test_every_rule_has_a_severity_a_meaning_and_a_remedy() -> None:
    severities = [level.name.lower() for level in Severity if level] + ["the same shares"]
    for row in rows("Alerts"):
        assert len(row) == 4
        assert any(severity in row[1] for severity in severities), row[0]
        assert row[2], row[0]
        assert row[3], row[0]


def test_every_kind_of_source_and_no_other_is_described() -> None:
    described = {plain(row[0]): [plain(cell) for cell in row[3:]] for row in rows("Providers")}
    assert described == {name: _declared(SOURCES[name]) for name in BUILT_IN}


def _declared(kind: Kind) -> list[str]:
    lateness = "not published" if kind.lateness is None else span(kind.lateness)
    grain = span(kind.grain) if kind.grain else "live"
    return [_every(kind.interval), lateness, grain, ", ".join(kind.breakdowns) or "none"]


def _every(interval: timedelta) -> str:
    seconds = int(interval.total_seconds())
    return f"{seconds}s" if seconds <= 60 else f"{seconds // 60}m" if seconds <= 3600 else f"{seconds // 3600}h"


def test_every_metric_and_no_other_is_described() -> None:
    described = [[plain(cell) for cell in row] for row in rows("Metrics")]
    assert described == [[metric.name, metric.kind, ", ".join(metric.labels), metric.help] for metric in METRICS]


def test_every_operation_of_the_api_is_described() -> None:
    described = {plain(row[0]) for row in rows("Web") if "/v1/" in row[0] and " " in plain(row[0])}
    assert described == {f"{operation.method.upper()} {operation.path}" for operation in OPERATIONS}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_two_commands_stand_on_lines_of_their_own(command: str) -> None:
    assert command in README.splitlines()


def test_no_host_is_named() -> None:
    named = re.findall(r"\b(?:[a-z0-9-]+\.)+(?:org|com|io|net|dev|ai|cn)\b", README, re.IGNORECASE)
    assert set(named) <= HOSTS


@pytest.mark.parametrize(
    ("title", "kind"),
    [("Quick start", "holysheep"), ("Unrecognised accounts", "holysheep"), ("Any other provider", "http")],
)
def test_the_examples_are_settings_that_load(title: str, kind: str, tmp_path: Path) -> None:
    written = re.findall(r"^(?:export )?([A-Z_]+)=(\S+)$", section(title), re.MULTILINE)
    settings = load_settings({name: text.strip("'") for name, text in written}, secrets_dir=tmp_path)
    assert [source.kind for source in settings.sources] == [kind]


def test_the_files_that_are_linked_exist() -> None:
    linked = re.findall(r"\]\(([^)#]+)\)", README)
    assert linked
    assert [path for path in linked if not (ROOT / path).is_file()] == []


def test_every_benchmark_is_named() -> None:
    named = set(re.findall(r"python -m tests\.benchmarks\.(\w+)", section("Developing")))
    files = (ROOT / "tests/benchmarks").glob("*.py")
    assert named == {path.stem for path in files if "def main(" in path.read_text(encoding="utf-8")}


def test_links_within_the_page_lead_somewhere() -> None:
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= anchors


def test_every_other_variable_in_the_text_is_a_setting() -> None:
    patterns = [re.sub("<[a-z]+>", "[A-Z0-9]+(_[A-Z0-9]+)*", setting.name) for setting in SETTINGS]
    known = re.compile("|".join(f"{pattern}(_FILE)?" for pattern in patterns))
    named = re.findall(r"\b(?:MONITOR_[A-Z0-9_]+|HOLYSHEEP_[A-Z_]+)\b(?!<|\*)", README)
    assert [name for name in named if not known.fullmatch(name) and not name.endswith("__")] == []


def _arguments_of_text(text: str) -> set[str]:
    """Return the options of `check [--json] [MODEL ...]`, and the arguments in brackets of their own or in none."""
    bare = re.sub(r"\[[^]]*\]|--[a-z-]+ [A-Z]+", "", text).split()[1:]
    optional = re.findall(r"\[([A-Z]+)(?: \.\.\.)?\]", text)
    return {*re.findall(r"--[a-z-]+", text), *bare, *optional}


def _arguments(command: argparse.ArgumentParser) -> set[str]:
    taken: set[str] = set()
    for action in command._actions:
        if isinstance(action, argparse._HelpAction):
            continue
        taken.update(action.option_strings or [str(action.metavar)])
    return taken
