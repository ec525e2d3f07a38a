"""What is true and yet not said."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.core.alerting.alerts import Alert, Rule, Stage
from monitor.core.alerting.muting import Silence, audible, unexplained
from monitor.core.budgets import Severity
from monitor.core.windows import Window
from tests.core.story import START

OK, WARNING, CRITICAL, EMERGENCY = Severity
HOUR = timedelta(hours=1)


def alert(rule: Rule, severity: Severity, about: str = "budget:monthly", subject: str = "holysheep") -> Alert:
    return Alert(f"{rule}:{about}", rule, subject, severity, "summary", START, about=about)


def heard(*alerts: Alert) -> set[str]:
    return {known.rule.value for known in unexplained({one.key: one for one in alerts}, START).values()}


@pytest.mark.parametrize(
    ("alerts", "said"),
    [
        ([(Rule.THRESHOLD, WARNING), (Rule.BURN_RATE, EMERGENCY)], {"burn_rate"}),
        ([(Rule.THRESHOLD, EMERGENCY), (Rule.BURN_RATE, WARNING)], {"threshold"}),
        ([(Rule.THRESHOLD, WARNING), (Rule.BURN_RATE, WARNING)], {"threshold", "burn_rate"}),
        ([(Rule.THRESHOLD, WARNING), (Rule.FORECAST, WARNING)], {"threshold"}),
        ([(Rule.BURN_RATE, WARNING), (Rule.FORECAST, WARNING)], {"burn_rate"}),
        ([(Rule.REFUSED, CRITICAL), (Rule.NO_DATA, CRITICAL), (Rule.DRIFTED, WARNING)], {"refused"}),
        ([(Rule.DRIFTED, WARNING), (Rule.NO_DATA, CRITICAL)], {"drifted"}),
        ([(Rule.THRESHOLD, OK), (Rule.FORECAST, WARNING)], {"threshold", "forecast"}),
        ([(Rule.THRESHOLD, WARNING), (Rule.BURN_RATE, OK)], {"threshold", "burn_rate"}),
    ],
)
def test_the_worse_hides_the_lesser_and_the_cause_its_effect(
    alerts: list[tuple[Rule, Severity]], said: set[str]
) -> None:
    assert heard(*(alert(rule, severity) for rule, severity in alerts)) == said


def test_alerts_about_different_things_hide_nothing_of_each_other() -> None:
    weekly = alert(Rule.THRESHOLD, WARNING, "budget:weekly")

    assert len(unexplained({one.key: one for one in (weekly, alert(Rule.BURN_RATE, EMERGENCY))}, START)) == 2


def test_a_loop_is_one_matter_whatever_the_budget() -> None:
    monthly = alert(Rule.BURN_RATE, EMERGENCY, "budget:monthly")
    daily = replace(alert(Rule.BURN_RATE, EMERGENCY, "budget:daily"), since=START + HOUR)
    spike = alert(Rule.SPIKE, CRITICAL, "spend:holysheep")
    forecast = alert(Rule.FORECAST, WARNING, "budget:daily")
    both = {one.key: one for one in (monthly, daily, spike, forecast)}

    assert set(unexplained(both, START)) == {monthly.key}
    assert set(unexplained({**both, monthly.key: replace(monthly, stage=Stage.RESOLVED)}, START)) == {
        monthly.key,
        daily.key,
    }


def test_a_spike_hides_the_forecast_of_its_account_and_no_threshold() -> None:
    spike = alert(Rule.SPIKE, WARNING, "spend:holysheep")
    threshold, forecast = alert(Rule.THRESHOLD, WARNING), alert(Rule.FORECAST, WARNING, "budget:daily")

    assert heard(spike, threshold, forecast) == {"spike", "threshold"}


@pytest.mark.parametrize("fast", [alert(Rule.SPIKE, WARNING, "spend:holysheep"), alert(Rule.BURN_RATE, EMERGENCY)])
def test_what_has_been_fast_for_a_day_hides_no_forecast_of_another_budget(fast: Alert) -> None:
    forecast = alert(Rule.FORECAST, WARNING, "budget:daily")
    both = {one.key: one for one in (fast, forecast)}

    assert set(unexplained(both, START + 23 * HOUR)) == {fast.key}
    assert set(unexplained(both, START + 24 * HOUR)) == {fast.key, forecast.key}


def test_the_thresholds_of_two_budgets_are_two_matters() -> None:
    daily = alert(Rule.THRESHOLD, EMERGENCY, "budget:daily")
    monthly = alert(Rule.THRESHOLD, CRITICAL, "budget:monthly")

    assert len(unexplained({one.key: one for one in (daily, monthly)}, START)) == 2


def test_one_that_is_pending_or_over_hides_nothing() -> None:
    for stage in (Stage.PENDING, Stage.RESOLVED):
        quiet = replace(alert(Rule.BURN_RATE, EMERGENCY), stage=stage)

        assert heard(quiet, alert(Rule.THRESHOLD, WARNING)) == {"burn_rate", "threshold"}


def test_a_silence_says_nothing_of_what_it_matches_until_it_ends() -> None:
    one = alert(Rule.THRESHOLD, WARNING)
    silence = Silence("s1", START + HOUR, "ada", "batch day", START, rule="thresh*", subject="holy*")

    assert audible({one.key: one}, [silence], START) == {}
    assert audible({one.key: one}, [silence], START + HOUR) == {one.key: one}
    assert audible({one.key: one}, [replace(silence, subject="openai")], START) == {one.key: one}


def test_what_fired_in_a_window_that_is_over_hides_nothing_of_todays() -> None:
    yesterday, today = (Window(START + n * timedelta(days=1), START + (n + 1) * timedelta(days=1)) for n in (-1, 0))
    old = replace(alert(Rule.THRESHOLD, EMERGENCY), key="threshold:old", window=yesterday)
    new = replace(alert(Rule.THRESHOLD, WARNING), key="threshold:new", window=today)

    assert set(unexplained({one.key: one for one in (old, new)}, START)) == {"threshold:old", "threshold:new"}


def test_what_is_silenced_or_acknowledged_hides_nothing() -> None:
    burn, threshold = alert(Rule.BURN_RATE, EMERGENCY), alert(Rule.THRESHOLD, WARNING)
    silence = Silence("s1", START + HOUR, "ada", "known", START, rule="burn_rate")
    both = {one.key: one for one in (burn, threshold)}

    assert set(audible(both, [silence], START)) == {threshold.key}
    assert threshold.key in unexplained({**both, burn.key: replace(burn, stage=Stage.ACKNOWLEDGED)}, START)


def test_a_spike_that_grew_into_a_burn_stays_the_same_matter_when_that_eases() -> None:
    burn = replace(alert(Rule.BURN_RATE, WARNING), peak=EMERGENCY)
    spike = replace(alert(Rule.SPIKE, CRITICAL, "spend:holysheep"), since=START + HOUR)

    assert heard(burn, spike) == {"burn_rate"}
    assert heard(replace(burn, peak=WARNING), spike) == {"spike"}
    assert heard(burn, replace(spike, since=START + 2 * HOUR)) == {"spike"}
