"""Whatever a source tells, every rule stands it, and nothing that began goes on for ever."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.alerting.alerts import Rule
from monitor.core.alerting.evaluate import evaluate
from monitor.core.alerting.looks import on_limits, on_monitor, on_source
from monitor.core.budgets import Budget
from monitor.core.channels import ChannelState
from monitor.core.errors import SourceDrifted, SourceError, SourceRefused, SourceUnavailable
from monitor.core.plan import Plan, Watched
from monitor.core.spending.readings import Observation, Quota, RateLimit, Reading
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.state import State
from monitor.core.tuning import Tuning
from monitor.core.windows import Period, Window
from monitor.daemon.settings.tunables import TUNABLES
from tests.core.story import START, usd

PLAN = Plan(
    {"openai": Watched("openai", "openai", key_variable="KEY")},
    (Budget("monthly", usd(500)), Budget("daily", usd(40), Period.DAY)),
)
HOUR = timedelta(hours=1)
amounts = st.decimals(0, 2000, places=2)
errors = st.sampled_from([SourceUnavailable("503"), SourceRefused("401"), SourceDrifted("no cost")])
limits = st.tuples(st.integers(1, 10**6), st.integers(0, 10**6)).map(
    lambda pair: RateLimit("tokens", pair[0], min(pair))
)
skews = st.none() | st.timedeltas(timedelta(days=-400), timedelta(days=400))


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    whole, models = draw(amounts), draw(st.dictionaries(st.sampled_from("abc"), amounts, max_size=3))
    spans = (Period.MONTH.window(START, UTC), Period.DAY.window(START, UTC))
    readings = [Reading(span, usd(whole)) for span in spans]
    readings += [Reading(spans[0], usd(cost), model=name, tokens=1000) for name, cost in models.items()]
    return Observation(
        tuple(readings) if draw(st.booleans()) else (),
        START,
        timedelta(),
        draw(st.none() | st.builds(lambda used, reached: Quota(usd(used), usd(600), reached), amounts, st.booleans())),
        draw(st.none() | st.decimals(-10, 500, places=2).map(usd)),
        rate_limits=tuple(draw(st.lists(limits, max_size=2))),
        clock_skew=draw(skews),
    )


polls = st.lists(
    st.tuples(st.timedeltas(timedelta(minutes=1), timedelta(days=2)), observations() | errors), max_size=25
)


def moved(seen: Observation, now: datetime) -> Observation:
    """Return what was seen as if it were of the month and the day of `now`."""
    periods = {Period.MONTH.window(START, UTC): Period.MONTH, Period.DAY.window(START, UTC): Period.DAY}

    def current(span: Window) -> Window:
        return periods[span].window(now, UTC)

    return replace(seen, readings=tuple(replace(each, span=current(each.span)) for each in seen.readings), as_of=now)


def polled(state: State, seen: Observation | SourceError, now: datetime, plan: Plan = PLAN) -> State:
    known = moved(seen, now) if isinstance(seen, Observation) else seen
    source = state.sources["openai"].after(known, now)
    return evaluate(replace(state, sources={"openai": source}), plan, "openai", now)


@settings(deadline=None, max_examples=30)
@given(polls=polls, failing=st.booleans())
def test_what_began_has_ended_once_all_has_been_calm_for_long(
    polls: list[tuple[timedelta, Observation | SourceError]], *, failing: bool
) -> None:
    state, now = State({"openai": SourceState(Spend("USD"))}), START
    if failing:
        state = replace(state, channels={"ops": ChannelState("ops").failed("503", now)})
    for after, seen in polls:
        now += after
        state = polled(state, seen, now)

    state = replace(state, channels={"ops": ChannelState("ops").delivered(now)})
    calm = Observation((), now, timedelta(), Quota(usd(0), usd(600)), usd(10**6))
    for _ in range(6 * 7 * 2):
        now += 12 * HOUR
        state = polled(state, calm, now)

    assert state.alerts == {}


@settings(deadline=None, max_examples=30)
@given(polls)
def test_a_rule_that_is_off_is_never_heard(polls: list[tuple[timedelta, Observation | SourceError]]) -> None:
    values = {each.rule: replace(getattr(Tuning(), each.rule), enabled=False) for each in TUNABLES}
    off = replace(PLAN, tuning=Tuning(**values))
    state, now = State({"openai": SourceState(Spend("USD"))}), START
    for after, seen in polls:
        now += after
        state = polled(state, seen, now, off)

    assert state.alerts == {}


def test_each_rule_has_its_settings_by_its_own_name() -> None:
    assert {each.rule for each in TUNABLES} == set(Rule) - {Rule.DIGEST}


def test_a_quiet_source_is_no_news_at_all() -> None:
    state = polled(State({"openai": SourceState(Spend("USD"))}), Observation((), START, timedelta()), START)
    windows = {budget.period: PLAN.windows(budget.period, START) for budget in PLAN.budgets}

    looks = [
        *on_monitor(state, PLAN, START),
        *on_source("openai", state, PLAN, START),
        *on_limits("openai", state, PLAN, windows, START),
    ]

    assert [look for look in looks if look is not None and look.alert.severity] == []
    assert state.alerts == {}
