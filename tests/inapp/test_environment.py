"""The breaker's settings are the daemon's: the same variables, read without its libraries, mean the same."""

import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.budgets import Budget, Scope, Thresholds
from monitor.core.errors import SettingsError
from monitor.core.parsing.breaker_settings import DEFAULTS, MEANINGS, variable, written_default
from monitor.core.windows import Period
from monitor.daemon.settings import load_settings
from monitor.inapp.breaker import Breaker
from monitor.inapp.environment import read_environment
from tests.ledger.requests import usd
from tests.test_application import HEAVY

WELL_SAID = {
    "MONITOR_MONTHLY_BUDGET": "100",
    "monitor_daily_budget": "7.50 USD",
    "MONITOR_THRESHOLDS__WARNING": "0.5",
    "MONITOR_BUDGETS__search__LIMIT": "20",
    "MONITOR_BUDGETS__search__PERIOD": "week",
    "MONITOR_BUDGETS__search__PROJECT": "search",
    "MONITOR_BUDGETS__search__USER": "ann",
    "MONITOR_BUDGETS__search__TAG": "nightly",
    "MONITOR_BUDGETS__search__MODEL": "GPT-4",
    "MONITOR_BUDGETS__search__KEY": "ci",
    "MONITOR_BUDGETS__search__THRESHOLDS__CRITICAL": "0.8",
    "MONITOR_RATES__CNY": "0.14 USD",
    "MONITOR_TIMEZONE": "Europe/Berlin",
    "MONITOR_BREAKER__SOFT": "0.5",
    "MONITOR_BREAKER__WHEN_BLIND": "OPEN",
    "MONITOR_BREAKER__FOLLOW_DAEMON": "yes",
    "MONITOR_BREAKER__FIRST_ESTIMATE": "0.02",
    "MONITOR_BREAKER__EXPIRY": "1h",
    "MONITOR_BREAKER__LOOP_REPEATS": "7",
    "MONITOR_BREAKER__PROGRAM": "nightly",
}


def problems(**environ: str) -> list[str]:
    with pytest.raises(SettingsError) as error:
        read_environment(environ)
    return error.value.problems


def test_all_of_it_is_read() -> None:
    found = read_environment(WELL_SAID)

    thresholds = Thresholds(warning=Decimal("0.5"))
    own = Thresholds(Decimal("0.5"), Decimal("0.8"))
    scope = Scope(None, "GPT-4", "search", "ci", "ann", "nightly")
    assert found.budgets == (
        Budget("monthly", usd("100"), thresholds=thresholds),
        Budget("daily", usd("7.50"), Period.DAY, thresholds=thresholds),
        Budget("search", usd("20"), Period.WEEK, scope, own),
    )
    assert (str(found.zone), found.rates.worth) == ("Europe/Berlin", {"CNY": usd("0.14")})
    chosen = found.settings
    assert (chosen.soft, chosen.when_blind, chosen.follow_daemon) == (Decimal("0.5"), "open", True)
    assert (chosen.first_estimate, chosen.expiry) == (usd("0.02"), timedelta(hours=1))
    assert (chosen.loop_repeats, chosen.program) == (7, "nightly")


def test_the_daemon_reads_the_same(tmp_path: Path) -> None:
    daemon = load_settings(WELL_SAID, secrets_dir=tmp_path, watching=False)

    found = read_environment(WELL_SAID)

    assert (found.budgets, found.settings) == (daemon.budgets, daemon.breaker)
    assert (found.rates, found.zone) == (daemon.rates, daemon.timezone)


def test_nothing_need_be_set() -> None:
    found = read_environment({"HOME": "/root", "MONITOR_MONTHLY_BUDGET": " "})

    assert (found.budgets, found.settings) == ((), DEFAULTS)


def test_every_mistake_is_said_at_once_and_none_of_the_text() -> None:
    found = problems(
        MONITOR_MONTHLY_BUDGET="much",
        MONITOR_BUDGETS__search__PROJEKT="a",
        MONITOR_BUDGETS__team__LIMIT="0",
        MONITOR_BREAKER__WHEN_BLIND="perhaps",
        MONITOR_BREAKER__LOOP_REPEATS="-1",
        MONITOR_BREAKER__FIRST_ESTIMATE="2000000",
        MONITOR_BREAKER__SOFTLY="0.8",
        MONITOR_TIMEZONE="Europe/Berln",
    )

    assert found == [
        "MONITOR_BUDGETS__search__PROJEKT is not a setting; did you mean PROJECT?",
        "MONITOR_BREAKER__SOFTLY is not a setting; did you mean MONITOR_BREAKER__SOFT?",
        "MONITOR_MONTHLY_BUDGET is not an amount of money: write it as 100, 99.50 or '700 CNY'",
        "MONITOR_BUDGETS__SEARCH__LIMIT is not set: the budget search needs a limit",
        "MONITOR_BUDGETS__team__LIMIT is 0, and a budget needs a limit above that",
        "MONITOR_BREAKER__WHEN_BLIND is none of closed, open",
        "MONITOR_BREAKER__FIRST_ESTIMATE is not what a request costs, which is below 1,000,000",
        "MONITOR_BREAKER__LOOP_REPEATS is not a whole number of 0 or more",
        "MONITOR_TIMEZONE is not a time zone; did you mean Europe/Berlin?",
    ]


def test_a_source_is_known_by_its_provider() -> None:
    found = read_environment(
        {
            "MONITOR_BUDGETS__a__LIMIT": "1",
            "MONITOR_BUDGETS__a__SOURCE": "Team",
            "MONITOR_SOURCES__team__KIND": "openai",
        }
    )

    assert found.budgets[0].scope.source == "openai"


@given(st.dictionaries(st.sampled_from(list(WELL_SAID)), st.text(max_size=20)))
def test_whatever_is_set_it_is_read_or_said_to_be_wrong(environ: dict[str, str]) -> None:
    try:
        read_environment(environ)
    except SettingsError as error:
        assert error.problems


def test_every_field_has_a_meaning_and_a_default_that_reads_as_itself() -> None:
    environ = {variable(field): text for field in MEANINGS if (text := written_default(field))}

    assert read_environment(environ).settings == DEFAULTS


def test_a_breaker_of_the_environment_is_light(tmp_path: Path) -> None:
    script = "import sys; from monitor import Breaker; Breaker.from_env()\nprint(*sys.modules)"
    environ = {"MONITOR_LEDGER": str(tmp_path / "ledger.sqlite3"), "MONITOR_MONTHLY_BUDGET": "1"}

    done = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True)

    assert set(done.stdout.split()) & HEAVY == set()


def test_without_a_budget_it_says_that_it_guards_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Breaker.from_env({"MONITOR_LEDGER": str(tmp_path / "ledger.sqlite3")})

    assert "MONITOR_MONTHLY_BUDGET" in caplog.text
