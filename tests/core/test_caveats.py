"""What is judged roughly, or not yet, is said."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerting.caveats import caveats
from monitor.core.budgets import Budget
from monitor.core.plan import Plan, Watched
from monitor.core.spending.readings import Observation, Reading
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.state import State
from monitor.core.tuning import BurnRate, Spike, Tuning
from monitor.core.windows import Period, Window
from tests.core.rules.accounts import DAY, NOW, WEEK, account, evenly
from tests.core.story import usd

DAILY = Watched("openai", "openai", grain=DAY)
LIVE = Watched("deepseek", "deepseek")
PLAN = Plan({"openai": DAILY, "deepseek": LIVE}, (Budget("monthly", usd(100)), Budget("all", usd(9), Period.TOTAL)))
KNOWN = State({"openai": account(evenly(1)), "deepseek": account(evenly(1))})


def test_windows_that_are_finer_than_the_figures_are_listed_for_each_budget_and_source() -> None:
    assert caveats(PLAN, KNOWN, NOW) == (
        "the burn rate of monthly is judged over 24 h in the place of 5 min, 30 min, 1 h, 2 h, 6 h, "
        "as the figures of openai move no finer",
    )


def test_a_source_that_is_not_known_yet_is_learning() -> None:
    young = State({"openai": account(evenly(1)), "deepseek": account(evenly(1), watched=timedelta(hours=30))})

    assert caveats(replace(PLAN, budgets=()), young, NOW) == (
        "spikes of deepseek are not seen yet: still learning, with 30 h watched; "
        "it takes 3 days like today to know what is usual",
    )


def test_a_rule_that_is_off_has_no_caveats() -> None:
    off = Tuning(burn_rate=BurnRate(enabled=False), spike=Spike(enabled=False))
    fresh = State({name: SourceState(Spend("USD")) for name in PLAN.sources})

    assert caveats(replace(PLAN, tuning=off), fresh, NOW) == ()


@given(st.timedeltas(timedelta(0), WEEK * 6))
def test_at_any_age_an_account_is_either_learning_or_known(watched: timedelta) -> None:
    watched -= watched % timedelta(hours=1)
    state = State({"deepseek": account(evenly(1), watched=watched)})
    plan = Plan({"deepseek": LIVE})

    # A Wednesday has been measured by three working days once the Friday before was watched.
    assert (caveats(plan, state, NOW) == ()) is (watched >= timedelta(days=5, hours=2))


def test_an_estimate_that_is_off_is_said_and_one_that_is_nearly_right_is_not() -> None:
    def off(estimate: str) -> tuple[str, ...]:
        settled = NOW.replace(hour=0)
        day = Window(settled - DAY, settled)
        readings = (Reading(day, usd(100), "m"), Reading(day, usd(estimate), "m", estimated=True, unpriced_tokens=7))
        spend = Spend("USD").record(Observation(readings, NOW, timedelta(), settled_until=settled), NOW)
        quiet = Tuning(spike=Spike(enabled=False))
        return caveats(Plan({"deepseek": LIVE}, tuning=quiet), State({"deepseek": SourceState(spend)}), NOW)

    assert off("98") == ()
    assert off("102") == ()
    assert off("95.8") == (
        "the estimate of deepseek is 4.2% under the bill, in the week until 25 Nov: "
        "most of it is m, which has no price, $100.00 billed and $95.80 estimated",
    )
    assert off("150")[0].startswith("the estimate of deepseek is 50% over the bill")


def test_what_a_source_is_known_to_miss_is_said() -> None:
    seen = replace(Observation((), NOW, timedelta()), lost=7)
    state = State({"ledger": SourceState(Spend("USD")).after(seen, NOW)})
    plan = Plan({"ledger": Watched("ledger", "ledger")}, tuning=Tuning(spike=Spike(enabled=False)))

    assert caveats(plan, state, NOW) == (
        "ledger misses 7 requests of this month, and what they cost: they could not be written down "
        "(the log of the program says why)",
    )
