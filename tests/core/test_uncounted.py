"""A budget that counts nothing says so, with what there is."""

from dataclasses import replace

import pytest

from monitor.core.alerting.caveats import caveats
from monitor.core.alerting.uncounted import uncounted
from monitor.core.budgets import Budget, Scope
from monitor.core.plan import Plan, Watched
from monitor.core.spending.readings import Reading
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.state import State
from monitor.core.windows import Period
from monitor.daemon.document import document
from tests.core.rules.accounts import NOW
from tests.core.story import usd

TODAY = Period.DAY.window(NOW, NOW.tzinfo)  # type: ignore[arg-type]
READINGS = (
    Reading(TODAY, usd(3)),
    Reading(TODAY, usd(2), model="gpt-4.1", project="search"),
    Reading(TODAY, usd(1), model="o3", project="chat"),
)
KNOWN = {
    "openai": SourceState(Spend("USD", READINGS, as_of=NOW)),
    "deepseek": SourceState(Spend("USD", READINGS[:1], as_of=NOW)),
}


def plan(**scope: str) -> Plan:
    return Plan({name: Watched(name, name) for name in KNOWN}, (Budget("mine", usd(9), scope=Scope(**scope)),))


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ({}, None),
        ({"source": "deepseek"}, None),
        ({"model": "gpt-4.1"}, None),
        ({"project": "chat"}, None),
        ({"model": "o3", "project": "chat"}, None),
        ({"model": "claude"}, "openai and deepseek told nothing of the model claude; known are gpt-4.1 and o3"),
        ({"project": "serach"}, "openai and deepseek told nothing of the project serach; did you mean search?"),
        ({"key": "ci"}, "openai and deepseek told nothing of any key"),
        ({"source": "deepseek", "model": "o3"}, "deepseek told nothing of any model"),
        ({"model": "o3", "project": "search"}, "openai and deepseek told nothing of o3 / search together"),
    ],
)
def test_a_budget_that_names_what_nobody_told_of_is_said(scope: dict[str, str], words: str | None) -> None:
    lines = [] if words is None else [f"budget mine counts nothing so far: {words}"]

    assert list(uncounted(plan(**scope), KNOWN)) == lines


def test_of_sources_that_were_never_read_nothing_is_said() -> None:
    fresh = {name: SourceState(Spend("USD")) for name in KNOWN}

    assert list(uncounted(plan(model="claude"), fresh)) == []
    assert list(uncounted(plan(model="claude"), {**fresh, "openai": KNOWN["openai"]})) == [
        "budget mine counts nothing so far: openai told nothing of the model claude; known are gpt-4.1 and o3"
    ]


def test_it_is_among_the_caveats_and_unknown_in_the_document() -> None:
    wrong = plan(model="claude")
    state = State(KNOWN)

    assert next(iter(caveats(wrong, state, NOW))).startswith("budget mine counts nothing so far")
    [row] = document(state, replace(wrong), (), NOW)["budgets"]
    assert (row["spent"], row["severity"]) == (None, "UNKNOWN")
