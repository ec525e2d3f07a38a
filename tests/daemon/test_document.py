"""The one JSON document: strings for money, UTC for times, null for what is unknown."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerting.evaluate import evaluate
from monitor.core.budgets import Budget, Scope
from monitor.core.channels import Channel, ChannelState
from monitor.core.errors import SourceRefused, SourceUnavailable
from monitor.core.plan import Plan, Watched
from monitor.core.spending.readings import Observation, Quota, Reading
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.state import State
from monitor.core.windows import Period
from monitor.daemon.document import document, rounded_text
from tests.core.story import START, usd

PLAN = Plan(
    {name: Watched(name, name) for name in ("holysheep", "openai")},
    (Budget("monthly", usd(100)), Budget("research", usd(500), Period.TOTAL, Scope(source="openai"))),
    channels=(Channel("ops"),),
)


def seen(amount: str) -> Observation:
    month = Period.MONTH.window(START, PLAN.zone)
    readings = (
        Reading(month, usd(amount)),
        Reading(month, usd("1.50"), "small"),
        Reading(month, usd("60"), "large"),
        Reading(Period.DAY.window(START, PLAN.zone), usd("2.25")),
    )
    return Observation(readings, START, timedelta(), Quota(usd(amount), None), usd("12.34"))


def make(**polls: Observation | Exception) -> dict[str, Any]:
    sources = {name: SourceState(Spend("USD")) for name in PLAN.sources}
    state = State(sources)
    for name, what in polls.items():
        source = state.sources[name].after(what, START)
        state = evaluate(State({**state.sources, name: source}, state.alerts), PLAN, name, START)
    channels = (ChannelState("ops", "failing", START, "timed out"), ChannelState("pager"))
    made = document(state, PLAN, channels, START + timedelta(milliseconds=1))
    assert json.loads(json.dumps(made)) == made
    return made


def test_what_is_known_of_a_source() -> None:
    holysheep, _ = make(holysheep=seen("75.50"))["sources"]

    assert holysheep == {
        "name": "holysheep",
        "kind": "holysheep",
        "state": "ok",
        "as_of": "2026-11-10T09:00:00Z",
        "currency": "USD",
        "spend": {"today": "2.25", "month": "75.50"},
        "known_from": {"today": None, "month": None},
        "provenance": "billed",
        "quota": {"used": "75.50", "limit": None, "unit": "USD", "reached": False},
        "balance": {"amount": "12.34", "currency": "USD"},
        "by_model": [
            {"model": "large", "month": "60", "unpriced_tokens": 0, "unpriced_units": 0},
            {"model": "small", "month": "1.50", "unpriced_tokens": 0, "unpriced_units": 0},
        ],
        "error": None,
    }


def test_what_is_unknown_is_null_and_never_zero() -> None:
    made = make()

    assert made["severity"] == "UNKNOWN"
    for source in made["sources"]:
        assert source["state"] == "never"
        assert source["spend"] == {"today": None, "month": None}
        assert source["as_of"] is source["quota"] is source["balance"] is source["error"] is None
    for budget in made["budgets"]:
        assert (budget["spent"], budget["ratio"], budget["severity"]) == (None, None, "UNKNOWN")


def test_what_is_known_of_a_budget() -> None:
    monthly, research = make(holysheep=seen("75.50"), openai=seen("4.5"))["budgets"]

    assert monthly == {
        "name": "monthly",
        "period": "month",
        "window": {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"},
        "limit": "100",
        "currency": "USD",
        "spent": "80.00",
        "ratio": "0.8000",
        "severity": "WARNING",
    }
    assert research["window"] == {"start": None, "end": None}
    assert research["spent"] == "4.5"


def test_alerts_that_fire_are_listed_and_the_worst_is_the_documents() -> None:
    made = make(openai=seen("1"), holysheep=seen("95"))

    assert made["severity"] == "EMERGENCY"
    (alert,) = made["alerts"]
    assert re.fullmatch("[0-9a-f]{6}", alert.pop("id"))
    assert alert == {
        "key": "threshold:monthly:2026-11-01T00:00Z",
        "rule": "threshold",
        "subject": "all sources",
        "severity": "EMERGENCY",
        "state": "firing",
        "since": "2026-11-10T09:00:00Z",
        "summary": "all sources: 96% of the monthly budget",
    }


def test_a_source_that_fails_makes_it_unknown_unless_something_worse_is_known() -> None:
    assert make(holysheep=seen("1"), openai=seen("1"))["severity"] == "OK"
    assert make(holysheep=seen("75"), openai=SourceUnavailable("503"))["severity"] == "UNKNOWN"
    assert make(holysheep=seen("92"), openai=SourceUnavailable("503"))["severity"] == "CRITICAL"


def test_a_failure_is_named_with_its_words() -> None:
    _, openai = make(openai=SourceRefused("401: no such key"))["sources"]

    assert (openai["state"], openai["error"]) == ("refused", "401: no such key")


def test_channels_tell_how_their_deliveries_go() -> None:
    assert make()["channels"] == [
        {"name": "ops", "state": "failing", "last_success": "2026-11-10T09:00:00Z", "error": "timed out"},
        {"name": "pager", "state": "untried", "last_success": None, "error": None},
    ]


@given(st.decimals("0", "1000", places=9))
def test_a_ratio_is_told_to_four_places_and_never_beyond_what_it_is(ratio: Decimal) -> None:
    told = Decimal(str(rounded_text(ratio)))

    assert 0 <= ratio - told < Decimal("0.0001")
