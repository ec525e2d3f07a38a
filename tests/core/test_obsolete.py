"""An alert whose subject has left the settings is not kept: nothing would end it."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.obsolete import obsolete
from monitor.core.budgets import Budget, Severity
from monitor.core.channels import Channel
from monitor.core.plan import Plan, Watched
from monitor.core.tuning import Runway, Switch, Tuning
from monitor.core.windows import FOREVER, Period, Window
from tests.core.story import START, usd

MONTH = Period.MONTH.window(START, UTC)
PLAN = Plan(
    {"openai": Watched("openai", "openai")},
    (Budget("monthly", usd(100)), Budget("all", usd(9), Period.TOTAL)),
    channels=(Channel("ops"),),
)
WITHOUT_BUDGETS = replace(PLAN, budgets=())
OFF = replace(PLAN, tuning=Tuning(threshold=Switch(enabled=False), runway=Runway(enabled=False)))


def alert(rule: Rule, subject: str = "openai", about: str = "", window: Window | None = None) -> Alert:
    return Alert("key", rule, subject, Severity.WARNING, "", START, window, about=about)


ON_MONTH = alert(Rule.THRESHOLD, about="budget:monthly", window=MONTH)
ON_QUOTA = alert(Rule.QUOTA, about="budget:quota:openai", window=MONTH)


@pytest.mark.parametrize(
    ("kept", "plan"),
    [
        (ON_MONTH, PLAN),
        (replace(ON_MONTH, window=Period.MONTH.window(START - timedelta(days=20), UTC)), PLAN),
        (alert(Rule.FORECAST, about="budget:all", window=FOREVER), PLAN),
        (ON_QUOTA, PLAN),
        (replace(ON_QUOTA, rule=Rule.BURN_RATE), WITHOUT_BUDGETS),
        (alert(Rule.SNAPSHOT, "state folder"), PLAN),
        (alert(Rule.CHANNEL, "ops"), PLAN),
        *((alert(rule), PLAN) for rule in (Rule.SPIKE, Rule.RUNWAY, Rule.FIRST_SEEN, Rule.NO_DATA, Rule.CLOCK_SKEW)),
    ],
)
def test_what_is_still_judged_is_kept(kept: Alert, plan: Plan) -> None:
    assert not obsolete(kept, plan)


@pytest.mark.parametrize(
    ("gone", "plan"),
    [
        (ON_MONTH, WITHOUT_BUDGETS),
        (ON_MONTH, OFF),
        (ON_MONTH, replace(PLAN, budgets=(Budget("monthly", usd(100), Period.DAY),))),
        (ON_MONTH, replace(PLAN, sources={})),
        (ON_QUOTA, replace(PLAN, sources={})),
        (replace(ON_QUOTA, rule=Rule.FORECAST), PLAN),
        (alert(Rule.RUNWAY), OFF),
        (alert(Rule.CHANNEL, "pager"), PLAN),
        *((alert(rule, "deepseek"), PLAN) for rule in (Rule.SPIKE, Rule.HEADROOM, Rule.REFUSED, Rule.DRIFTED)),
    ],
)
def test_what_no_look_will_find_again_is_not(gone: Alert, plan: Plan) -> None:
    assert obsolete(gone, plan)


def test_what_an_older_release_saved_ends_with_its_window() -> None:
    assert not obsolete(alert(Rule.THRESHOLD, window=MONTH), PLAN)
