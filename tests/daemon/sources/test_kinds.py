"""The table of sources: each of ours loads, and a package of anybody can bring one."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.core.errors import SettingsError
from monitor.daemon.settings import load_settings
from monitor.daemon.sources import BUILT_IN, SOURCES
from monitor.daemon.sources.kind import DAY

NOWHERE = Path("/nonexistent")
PLUGIN = """
from datetime import timedelta
from zoneinfo import ZoneInfo
from monitor.daemon.sources.kind import LIVE, Kind
KIND = Kind(factory=None, base_url=None, key="a key", needs_key=False, interval=timedelta(minutes=7),
            lateness=timedelta(0), grain=LIVE, currencies={"acme.cn": "CNY"}, zone=ZoneInfo("Asia/Tokyo"),
            check=lambda account: {"fields__team": "is not set"})
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install a package with three entry points, as pip would leave it."""
    (tmp_path / "acme_spend.py").write_text(PLUGIN)
    folder = tmp_path / "acme_spend-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-spend\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(
        "[spend_monitor.sources]\nacme = acme_spend:KIND\ngone = acme_spend:NOTHING\ntext = acme_spend:timedelta\n"
        "holysheep = acme_spend:KIND\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("acme_spend", None)


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_kind_declares_its_rhythm_and_its_key(name: str) -> None:
    kind = SOURCES[name]

    assert timedelta(seconds=10) <= kind.interval <= DAY
    assert timedelta(0) <= kind.grain <= DAY
    assert kind.key
    assert kind.base_url is None or kind.base_url.startswith("https://")
    assert set(kind.breakdowns) <= {"model", "project", "key"}


def test_a_package_can_bring_a_kind(package: Path) -> None:
    environ = {"MONITOR_SOURCES__acme__BASE_URL": "https://acme.example", "MONITOR_SOURCES__acme__TIMEOUT": "5s"}

    with pytest.raises(SettingsError) as caught:
        load_settings(environ, secrets_dir=NOWHERE)

    assert caught.value.problems == ["MONITOR_SOURCES__ACME__FIELDS__TEAM is not set"]
    assert SOURCES["acme"].interval == timedelta(minutes=7)
    assert "acme" in list(SOURCES)


def test_a_package_cannot_take_the_place_of_our_own(package: Path) -> None:
    assert SOURCES["holysheep"].needs_key
    assert list(SOURCES).count("holysheep") == 1


@pytest.mark.parametrize(("name", "reason"), [("gone", "cannot be loaded"), ("text", "is no ")])
def test_a_package_that_cannot_be_used_is_a_problem_and_no_crash(package: Path, name: str, reason: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({f"MONITOR_SOURCES__{name}__API_KEY": "k"}, secrets_dir=NOWHERE)

    assert len(caught.value.problems) == 1
    assert f"MONITOR_SOURCES__{name.upper()}__KIND cannot be used: the source {name}" in caught.value.problems[0]
    assert reason in caught.value.problems[0]


def test_a_kind_without_an_address_of_its_own_needs_one(package: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"MONITOR_SOURCES__acme__TIMEOUT": "5s"}, secrets_dir=NOWHERE)

    assert caught.value.problems[0] == (
        "MONITOR_SOURCES__ACME__BASE_URL is not set: a source of kind acme needs an address"
    )


@pytest.mark.parametrize(
    ("address", "currency"), [("https://acme.cn/v1", "CNY"), ("https://acme.com", "USD"), (None, "USD")]
)
def test_the_currency_and_the_zone_are_the_kinds_where_nobody_says(
    package: Path, address: str | None, currency: str
) -> None:
    assert SOURCES["acme"].currency(address) == currency
    assert SOURCES["acme"].zone == ZoneInfo("Asia/Tokyo")
