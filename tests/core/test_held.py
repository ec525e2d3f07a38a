"""Who a night's passed alerts are summed up to."""

from dataclasses import replace
from datetime import UTC, time, timedelta

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.held import held_after
from monitor.core.alerting.quiet import Quiet, QuietHours
from monitor.core.budgets import Severity
from monitor.core.channels import Channel
from monitor.core.plan import Plan
from tests.core.story import START, fresh

QUIET = Quiet((QuietHours(time(22), time(7), zone=UTC),))
CHANNELS = (Channel("ops"), Channel("mail"), Channel("money", rules=frozenset({Rule.THRESHOLD})))
PLAN = Plan({}, channels=CHANNELS, quiet=QUIET)
NIGHT = START.replace(hour=23)


def summed_up_after(rule: Rule, subject: str) -> list[str]:
    """Return the channels that are told of an alert that fired in the night for ten minutes."""
    alert = Alert("key", rule, subject, Severity.WARNING, "", NIGHT)
    before = replace(fresh(), alerts={alert.key: alert})
    held = held_after(before, fresh(), PLAN, NIGHT + timedelta(minutes=10))
    return [one.channel for one in held]


def test_what_passed_in_the_night_is_told_where_its_rule_is_heard() -> None:
    assert summed_up_after(Rule.THRESHOLD, "openai") == ["ops", "mail", "money"]
    assert summed_up_after(Rule.SPIKE, "openai") == ["ops", "mail"]


def test_that_a_channel_failed_in_the_night_is_told_on_the_others() -> None:
    assert summed_up_after(Rule.CHANNEL, "ops") == ["mail"]
