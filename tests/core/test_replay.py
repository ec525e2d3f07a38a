"""What would have been told of the past, and at what cost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from monitor.core.alerting.alerts import Rule
from monitor.core.alerting.notifications import Reason
from monitor.core.budgets import Budget, Severity, Thresholds
from monitor.core.errors import SourceUnavailable
from monitor.core.plan import Plan
from monitor.core.replaying.past import Row, past_of_costs
from monitor.core.replaying.replay import Look, replay, replays
from monitor.core.replaying.variants import variants
from tests.core.story import usd

START = datetime(2026, 11, 10, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MONTHLY = Budget("monthly", usd(500))


def night(rate: int = 50) -> list[Row]:
    """Return six even hours, then two with a loop of so many dollars an hour, then three quiet ones, by the minute."""
    costs = [Decimal("0.01")] * 360 + [Decimal(rate) / 60] * 120 + [Decimal(0)] * 180
    return [Row("openai", START + MINUTE * number, cost) for number, cost in enumerate(costs)]


def plan_of(rows: list[Row], *budgets: Budget) -> Plan:
    return Plan({watched.name: watched for watched in past_of_costs(rows, "USD").watched}, budgets)


def test_the_loop_is_told_with_what_it_had_cost_by_then() -> None:
    rows = night()
    first, last = replay(past_of_costs(rows, "USD").looks, plan_of(rows, MONTHLY)).moments

    assert (first.reason, first.severity, first.alert.rule) == (Reason.FIRST, Severity.EMERGENCY, Rule.BURN_RATE)
    assert first.at - (START + 360 * MINUTE) <= timedelta(minutes=15)
    assert first.rose_by is not None
    assert 9 < first.rose_by.amount < 15
    assert first.spent is not None
    assert 13 < first.spent.amount < 15
    assert (last.reason, last.severity) == (Reason.RESOLVED, Severity.OK)


def test_what_is_quiet_is_silent() -> None:
    rows = night(rate=1)

    timeline = replay(past_of_costs(rows, "USD").looks, plan_of(rows, MONTHLY))

    assert (timeline.moments, timeline.messages, timeline.pages, timeline.first) == ((), 0, 0, None)


def test_a_failed_look_is_a_part_of_the_past() -> None:
    rows = night(rate=1)
    looks = [*past_of_costs(rows[:60], "USD").looks]
    looks += [Look("openai", looks[-1].at + MINUTE * number, SourceUnavailable("timed out")) for number in range(90)]

    told = [moment.severity for moment in replay(looks, plan_of(rows, MONTHLY)).moments]

    assert told == [Severity.WARNING, Severity.CRITICAL]


def test_other_thresholds_tell_at_another_time_and_the_looks_are_the_same() -> None:
    rows, lower = night(), Thresholds(Decimal("0.1"), Decimal("0.15"), Decimal("0.2"))
    silent = replace(plan_of(rows, MONTHLY).tuning.burn_rate, enabled=False)
    plan = replace(plan_of(rows, MONTHLY), tuning=replace(plan_of(rows).tuning, burn_rate=silent))
    looks = past_of_costs(rows, "USD").looks

    usual, early = replays(looks, (plan, replace(plan, budgets=(replace(MONTHLY, thresholds=lower),))))

    assert not [moment for moment in usual.moments if moment.alert.rule is Rule.THRESHOLD]
    assert [m.severity for m in early.moments if m.alert.rule is Rule.THRESHOLD] == [1, 2, 3]
    assert usual == replay(looks, plan)


def test_each_variant_says_what_it_changes_and_none_is_the_same() -> None:
    plan = plan_of(night(), MONTHLY)

    named = dict(variants(plan))

    assert list(named) == ["as set", "thresholds 60%/80%/90%", "burn rate x0.5", "burn rate x2"]
    assert named["burn rate x2"].tuning.burn_rate.emergency.factor == Decimal("28.8")
    assert len({repr(other) for other in named.values()}) == len(named)


def test_without_a_budget_there_is_nothing_to_vary() -> None:
    assert [name for name, _ in variants(plan_of(night()))] == ["as set"]


def test_a_rule_that_is_off_is_not_varied() -> None:
    plan = plan_of(night(), MONTHLY)
    silent = replace(plan.tuning, burn_rate=replace(plan.tuning.burn_rate, enabled=False))

    assert [name for name, _ in variants(replace(plan, tuning=silent))] == ["as set", "thresholds 60%/80%/90%"]
