"""Money in several currencies, and money that two sources tell of."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerting.evaluate import evaluate
from monitor.core.budgets import Budget
from monitor.core.money import Money
from monitor.core.plan import Plan, Watched
from monitor.core.rates import Rates
from monitor.core.spending.readings import Observation, Reading
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.state import State
from monitor.core.windows import Period
from tests.core.story import START, THRESHOLDS_ALONE, usd

RATES = Rates({"CNY": usd("0.125"), "EUR": usd("1.25")}, date(2026, 11, 1))
MONTHLY = Budget("monthly", usd(100))


def state_of(plan: Plan, **amounts: int) -> State:
    """Return what is known after each source told its month's cost, in its own currency."""
    state = State({name: SourceState(Spend(watched.currency)) for name, watched in plan.sources.items()})
    for name, amount in amounts.items():
        cost = Money(Decimal(amount), plan.sources[name].currency)
        seen = Observation((Reading(Period.MONTH.window(START, plan.zone), cost, "m"),), START, timedelta())
        sources = {**state.sources, name: state.sources[name].after(seen, START)}
        state = evaluate(replace(state, sources=sources), plan, name, START)
    return state


def plan_of(*sources: Watched, rates: Rates = RATES) -> Plan:
    known = {source.name: source for source in sources}
    return Plan(known, (MONTHLY,), rates=rates, tuning=THRESHOLDS_ALONE)


def test_a_rate_is_used_in_both_directions_and_across() -> None:
    assert RATES.factor("USD", "USD") == 1
    assert RATES.factor("CNY", "USD") == Decimal("0.125")
    assert RATES.factor("USD", "CNY") == 8
    assert RATES.factor("EUR", "CNY") == 10
    assert RATES.factor("GBP", "USD") is None
    assert RATES.words("CNY", "USD") == "1 CNY counts as 0.125 USD (rate of 2026-11-01)"


@given(st.decimals(min_value="0.0001", max_value=10000, places=4), st.decimals(0, 10**9, places=6))
def test_there_and_back_again_is_the_same_money(worth: Decimal, amount: Decimal) -> None:
    rates = Rates({"CNY": Money(worth, "USD")})
    there, back = rates.factor("CNY", "USD"), rates.factor("USD", "CNY")

    assert there is not None
    assert back is not None
    assert abs(amount * there * back - amount) <= amount * Decimal("1e-20")


def test_a_budget_counts_sources_in_other_currencies_at_their_rate_and_says_so() -> None:
    plan = plan_of(Watched("a", "holysheep"), Watched("b", "deepseek", "CNY"))
    state = state_of(plan, a=50, b=200)

    (alert,) = state.alerts.values()
    assert alert.spend is not None
    assert alert.spend.spent == usd(75)
    assert alert.spend.note == "1 CNY counts as 0.125 USD (rate of 2026-11-01)."
    assert dict(alert.spend.models) == {"m": usd(75)}


def test_a_budget_over_one_source_in_another_currency_grows_in_its_own() -> None:
    plan = plan_of(Watched("b", "deepseek", "CNY"))
    state = state_of(plan, b=80)
    later = START + timedelta(minutes=1)
    cost = Money(Decimal(160), "CNY")
    seen = Observation((Reading(Period.MONTH.window(START, plan.zone), cost, "m"),), later, timedelta())
    state = evaluate(replace(state, sources={"b": state.sources["b"].after(seen, later)}), plan, "b", later)

    (tally,) = state.tallies.values()
    assert tally.trail.between(START, later) == 10


def test_without_a_rate_a_source_is_not_counted() -> None:
    plan = plan_of(Watched("a", "holysheep"), Watched("b", "deepseek", "CNY"), rates=Rates())

    assert state_of(plan, a=50, b=200).alerts == {}


def test_money_that_two_sources_tell_of_is_counted_once() -> None:
    plan = plan_of(Watched("gateway", "litellm"), Watched("openai", "openai", counted_by="gateway"))
    own = Budget("own", usd(60), scope=replace(MONTHLY.scope, source="openai"))
    state = state_of(replace(plan, budgets=(MONTHLY, own)), gateway=60, openai=59)

    assert [alert.about for alert in state.alerts.values()] == ["budget:own"]
