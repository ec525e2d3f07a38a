"""Every rule can be switched off and tuned, and a mistake in it is said as any other."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import SettingsError
from monitor.core.tuning import BurnStep, Tuning
from monitor.daemon.settings import load_settings
from monitor.daemon.settings.tunables import PARSERS, TUNABLES, Tunable, written

NOWHERE = Path("/nonexistent")


def tuning(**environ: str) -> Tuning:
    return load_settings({"HOLYSHEEP_API_KEY": "cr_0123", "HOME": "/home/me", **environ}, secrets_dir=NOWHERE).tuning


def problems(**environ: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        tuning(**environ)
    return caught.value.problems


def test_without_a_word_the_tuning_is_that_of_the_code() -> None:
    assert tuning() == Tuning()


@pytest.mark.parametrize("tunable", TUNABLES, ids=lambda tunable: tunable.variable)
def test_each_default_is_written_as_it_is_read(tunable: Tunable) -> None:
    assert tuning(**{tunable.variable: written(tunable.default)}) == Tuning()


@pytest.mark.parametrize("tunable", [each for each in TUNABLES if each.field == "enabled"], ids=lambda each: each.rule)
def test_each_rule_is_switched_off_alone(tunable: Tunable) -> None:
    tuned = tuning(**{tunable.variable: "false"})

    assert [each.rule for each in TUNABLES if not tuned.enabled(each.rule)] == [
        each.rule for each in TUNABLES if each.rule == tunable.rule
    ]


def test_a_rule_is_tuned_in_the_words_of_its_variables() -> None:
    tuned = tuning(
        MONITOR_RULES__BURN_RATE__EMERGENCY="20X / 2h / 10m",
        monitor_rules__burn_rate__floor="0.05",
        MONITOR_RULES__BURN_RATE__LEAST="2.50",
        MONITOR_RULES__FORECAST__AFTER="0.2",
    )

    assert tuned.burn_rate.emergency == BurnStep(Decimal(20), timedelta(hours=2), timedelta(minutes=10))
    assert (tuned.burn_rate.floor, tuned.burn_rate.least) == (Decimal("0.05"), Decimal("2.50"))
    assert tuned.forecast.after == Decimal("0.2")
    assert tuned.burn_rate.critical == Tuning().burn_rate.critical


def test_every_mistake_in_a_rule_is_said_at_once() -> None:
    found = problems(
        MONITOR_RULES__BRUN_RATE__ENABLED="true",
        MONITOR_RULES__BURN_RATE__FLOR="0.1",
        MONITOR_RULES__FORECAST__ENABLED="maybe",
        MONITOR_RULES__FORECAST__AFTER="5",
        MONITOR_RULES__BURN_RATE__LEAST="$1",
        MONITOR_RULES__BURN_RATE__EMERGENCY="14.4x/1h",
        MONITOR_RULES__BURN_RATE__CRITICAL="6x/30m/6h",
        MONITOR_RULES__BURN_RATE__WARNING="0.5x/6h/30m",
    )

    assert sorted(found) == [
        "MONITOR_RULES__BRUN_RATE__ENABLED is not a setting; did you mean MONITOR_RULES__BURN_RATE__ENABLED?",
        "MONITOR_RULES__BURN_RATE__CRITICAL has a short window that is longer than the long one: "
        "write it as 14.4x/1h/5m",
        "MONITOR_RULES__BURN_RATE__EMERGENCY is not a step: write factor, long and short window, as 14.4x/1h/5m",
        "MONITOR_RULES__BURN_RATE__FLOR is not a setting; did you mean MONITOR_RULES__BURN_RATE__FLOOR?",
        "MONITOR_RULES__BURN_RATE__LEAST is not an amount: write it as 1 or 0.50, without a currency",
        "MONITOR_RULES__BURN_RATE__WARNING is not a factor of 1 or more: write 3 or 3x for three times",
        "MONITOR_RULES__FORECAST__AFTER is not a share of the limit: write 0.7 for 70%",
        "MONITOR_RULES__FORECAST__ENABLED is none of true, yes, on, 1, false, no, off, 0",
    ]


def test_severities_that_overtake_each_other_are_a_mistake() -> None:
    assert problems(MONITOR_RULES__BURN_RATE__CRITICAL="20x/6h/30m") == [
        "MONITOR_RULES__BURN_RATE__CRITICAL makes the levels 3x/1d/2h, 20x/6h/30m and 14.4x/1h/5m: "
        "each must be above the one before"
    ]


spans = st.integers(1, 366 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
fractions = st.timedeltas(timedelta(microseconds=1), timedelta(days=300))


@given(factor=st.decimals(1, 1000, places=3), long=spans, short=fractions)
def test_a_step_is_read_as_it_is_written(factor: Decimal, long: timedelta, short: timedelta) -> None:
    step = BurnStep(factor, max(long, short), min(long, short))

    assert PARSERS[BurnStep](written(step)) == step


@given(st.text(alphabet="0123456789.x/dhms -e", max_size=12) | st.text())
def test_what_is_read_at_all_is_read_again_as_it_is_written(text: str) -> None:
    for parse in PARSERS.values():
        try:
            value = parse(text)
        except ValueError:
            continue
        assert parse(written(value)) == value
