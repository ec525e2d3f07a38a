"""The ledger as a source, and prices of one's own."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.core.errors import SettingsError
from monitor.daemon.settings import Settings, load_settings
from monitor.daemon.wiring import plan_lines, plan_of

NOWHERE = Path("/nonexistent")


def load(**environ: str) -> Settings:
    return load_settings({"HOLYSHEEP_API_KEY": "cr_0123456789", "HOME": "/home/me", **environ}, secrets_dir=NOWHERE)


def problems(**environ: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(**environ)
    return caught.value.problems


def test_a_ledger_that_is_named_is_watched_without_any_key(tmp_path: Path) -> None:
    path = tmp_path / "own.sqlite3"
    settings = load(HOLYSHEEP_API_KEY="", MONITOR_LEDGER=str(path), MONITOR_TIMEZONE="Asia/Ho_Chi_Minh")

    (source,) = settings.sources
    assert (source.name, source.kind, source.api_key) == ("ledger", "ledger", None)
    assert source.base_url == settings.ledger.as_uri() == path.as_uri()
    assert source.poll_interval == timedelta(seconds=10)
    assert str(source.timezone) == "Asia/Ho_Chi_Minh"


def test_a_ledger_may_have_settings_of_its_own() -> None:
    settings = load(
        HOLYSHEEP_API_KEY="",
        MONITOR_STATE_DIR="/state",
        MONITOR_SOURCES__APP__KIND="ledger",
        MONITOR_SOURCES__APP__CURRENCY="CNY",
        MONITOR_SOURCES__APP__POLL_INTERVAL="2s",
        MONITOR_SOURCES__APP__TIMEZONE="Asia/Shanghai",
        MONITOR_TIMEZONE="Europe/Berlin",
    )

    (source,) = settings.sources
    assert (source.name, source.base_url, source.currency) == ("app", "file:///state/ledger.sqlite3", "CNY")
    assert (source.poll_interval, str(source.timezone)) == (timedelta(seconds=2), "Asia/Shanghai")


def test_what_a_provider_bills_is_not_counted_a_second_time(tmp_path: Path) -> None:
    settings = load(
        MONITOR_LEDGER=str(tmp_path / "ledger.sqlite3"),
        MONITOR_MONTHLY_BUDGET="100",
        MONITOR_BUDGETS__APP__LIMIT="50",
        MONITOR_BUDGETS__APP__SOURCE="ledger",
    )
    plan = plan_of(settings)

    counted = {budget.name: plan.counted(budget) for budget in plan.budgets}
    assert counted == {"monthly": ("holysheep",), "app": ("ledger",)}
    assert "ledger is not counted by monthly: holysheep tells of the same money" in plan_lines(plan)


def test_a_ledger_of_other_money_is_counted_beside_the_providers(tmp_path: Path) -> None:
    settings = load(
        MONITOR_LEDGER=str(tmp_path / "ledger.sqlite3"),
        MONITOR_SOURCES__LEDGER__COUNTED_BY="none",
        MONITOR_MONTHLY_BUDGET="100",
    )
    plan = plan_of(settings)

    assert set(plan.counted(plan.budgets[0])) == {"holysheep", "ledger"}


def test_prices_of_ones_own_are_looked_at_before_the_start(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text('[relay."gpt-4.1"]\ninput = -1\noutptu = 2\n')

    (problem,) = problems(MONITOR_PRICES=str(path))

    assert problem.startswith(f"MONITOR_PRICES ({path}): ")
    assert "relay.gpt-4.1.input is not an amount" in problem
    assert "relay.gpt-4.1.outptu is not a part of a price" in problem


def test_prices_of_ones_own_are_a_file(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text('[relay."gpt-4.1"]\ninput = 1\n')

    assert load(MONITOR_PRICES=str(path)).prices == path
    assert "cannot be read" in problems(MONITOR_PRICES=f"{path}.none")[0]
