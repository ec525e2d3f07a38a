"""What `doctor` tells a user that a key sees, and how often it may be asked."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from monitor.core.money import Money
from monitor.core.spending.readings import Observation, Quota, Reading
from monitor.core.spending.spend import Spend
from monitor.core.windows import Period
from monitor.daemon.commands.sight import sight, span
from monitor.daemon.settings import load_settings
from monitor.daemon.sources import SOURCES
from monitor.daemon.wiring import plan_lines, plan_of

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
DOLLAR = Money(Decimal(1), "USD")


def seen_by(kind: str, *readings: Reading, **told: Any) -> tuple[str, ...]:
    return sight(SOURCES[kind], Spend("USD").record(Observation(readings, NOW, timedelta(), **told), NOW), NOW)


def test_an_organizations_key_that_sees_all_but_names() -> None:
    today = Period.DAY.window(NOW, UTC)

    assert seen_by("openai", Reading(today, DOLLAR), Reading(today, DOLLAR, "gpt-4.1", "proj_a", "key_1")) == (
        "sees today's cost, this month's cost, cost by model, cost by project, cost by key",
        "does not see the names of projects and keys, a limit, what is left",
        "figures are told every 5 min, it is not published how late",
    )


def test_what_a_lesser_key_of_the_same_kind_does_not_tell_is_not_seen() -> None:
    today = Period.DAY.window(NOW, UTC)

    assert "cost by model" in seen_by("openrouter", Reading(today, DOLLAR), Reading(today, DOLLAR, key="search"))[1]
    assert "cost by model" in seen_by("openrouter", Reading(today, Money.zero("USD")))[0], "nothing was spent yet"


def test_a_key_that_sees_all_of_the_money() -> None:
    month = Period.MONTH.window(NOW, UTC)
    parts = (Reading(month, DOLLAR), Reading(month, DOLLAR, "gpt-4.1"))

    assert seen_by("holysheep", *parts, quota=Quota(None, DOLLAR), balance=DOLLAR) == (
        "sees this month's cost, cost by model, a limit, what is left",
        "does not see today's cost, cost by project, cost by key",
        "figures are told live, up to 1 min late",
    )


@pytest.mark.parametrize(
    ("length", "text"), [(timedelta(minutes=5), "5 min"), (timedelta(hours=8), "8 h"), (timedelta(days=1), "1 day")]
)
def test_lengths_are_written_in_their_own_unit(length: timedelta, text: str) -> None:
    assert span(length) == text


@pytest.mark.parametrize(("interval", "warned"), [("30s", True), ("60s", False), ("5m", False)])
def test_polling_more_often_than_the_provider_asks_for_is_said(interval: str, *, warned: bool) -> None:
    environ = {"ANTHROPIC_ADMIN_KEY": "k", "MONITOR_POLL_INTERVAL": interval, "HOME": "/home/me"}
    lines = plan_lines(plan_of(load_settings(environ, secrets_dir=Path("/nonexistent"))))

    assert any("polling anthropic more often than once in 1 min" in line for line in lines) is warned
