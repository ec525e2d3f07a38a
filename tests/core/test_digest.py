"""What a digest says; above all that what nobody could read is never $0.00."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.episodes import Episode
from monitor.core.budgets import Budget, Scope, Severity
from monitor.core.channels import ChannelState, Tone
from monitor.core.errors import SourceDrifted, SourceError, SourceRefused, SourceUnavailable
from monitor.core.money import Money
from monitor.core.plan import Plan, Watched
from monitor.core.rates import Rates
from monitor.core.spending.readings import Observation, Reading
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.state import Saving, State
from monitor.core.telling.digest import digest
from monitor.core.telling.digest_schedule import DigestSchedule
from monitor.core.telling.phrases import MOST_CHARACTERS
from monitor.core.windows import Period, Window
from tests.core.story import usd

OK, WARNING, CRITICAL, EMERGENCY = Severity
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST = datetime(2026, 11, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 11, 9, 0, tzinfo=UTC)
YESTERDAY = Window(datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 11, 11, tzinfo=UTC))
DAILY = DigestSchedule(Period.DAY, time(9))
Costs = Mapping[str, Decimal]


def plan_of(sources: Mapping[str, SourceState], *budgets: Budget, schedule: DigestSchedule = DAILY) -> Plan:
    watched = {name: Watched(name, name, source.spend.currency) for name, source in sources.items()}
    return Plan(watched, budgets, digest=schedule)


def billed(
    a_day: Costs,
    *,
    until: datetime = NOW,
    error: SourceError | None = None,
    extra: Costs | None = None,
    since: datetime = FIRST,
) -> SourceState:
    """Return an account that bills by day and model, asked each hour; yesterday it cost `extra` more.

    From `until` on it only answers with `error`.
    """
    source = SourceState(Spend("USD"))
    now = since - HOUR
    while now <= NOW:
        source = source.after(_seen(a_day, extra or {}, now) if error is None or now < until else error, now)
        now += HOUR
    return source


def _seen(a_day: Costs, extra: Costs, now: datetime) -> Observation:
    readings = []
    for back in range(3):
        day = Period.DAY.window(now - back * DAY, UTC)
        passed = min(Decimal((now - day.start) / DAY), Decimal(1))
        for model, cost in a_day.items():
            more = extra.get(model, Decimal(0)) if day == YESTERDAY else Decimal(0)
            readings.append(Reading(day, usd((cost + more) * passed), model=model or None))
    return Observation(tuple(readings), now, timedelta())


def said(sources: Mapping[str, SourceState], *budgets: Budget, window: Window = YESTERDAY) -> list[str]:
    return digest(window, State(sources), plan_of(sources, *budgets), NOW).body.splitlines()


WELL = billed({"large": Decimal(3), "small": Decimal(1)}, extra={"large": Decimal(2)})
ZERO = billed({"": Decimal(0)})
REFUSED = billed({"": Decimal(1)}, until=YESTERDAY.start, error=SourceRefused("401"))


def test_a_quiet_day_reads_like_this() -> None:
    sources = {"openai": WELL, "deepseek": ZERO}
    monthly, daily = Budget("monthly", usd(100)), Budget("daily", usd(10), Period.DAY)
    episode = Episode("no_data:openai", YESTERDAY.start + HOUR, WARNING, "openai: no data for 11 min")
    state = State(sources, episodes=(replace(episode, ended=episode.since + timedelta(minutes=25)),))

    message = digest(YESTERDAY, state, plan_of(sources, monthly, daily), NOW)

    assert message.tone is Tone.INFO
    assert message.title == "[DIGEST] $43.50 this month, on pace for $128"
    assert (
        message.body
        == """\
10 November: $6.00, 50% more than $4.00 before.
As of Wed 11 Nov 09:00 UTC: $43.50 this month, on pace for $128.

Budgets:
- daily budget, 10 November: $6.00 of $10.00 (60%)
- monthly budget, 1 to 30 November: $43.50 of $100.00 (43.5%), at this pace used up on Tue 24 Nov

Moved most, against 9 November:
- model large (openai): $5.00, $2.00 more

Alerts: 1 fired, none still firing.
- [WARNING] openai: no data for 11 min, Tue 10 Nov 01:00 UTC, for 25 min

Sources:
- openai: $6.00; 24 good polls, last good reading Wed 11 Nov 09:00 UTC
- deepseek: $0.00, verified: 24 good polls, last good reading Wed 11 Nov 09:00 UTC"""
    )


def test_an_account_that_could_not_be_read_is_unknown_and_never_zero() -> None:
    message = digest(YESTERDAY, State({"xai": REFUSED}), plan_of({"xai": REFUSED}, Budget("monthly", usd(100))), NOW)

    assert message.body.startswith("10 November: spend unknown.\n")
    assert "- xai: unknown, last good reading Mon 09 Nov 23:00 UTC: the key is refused" in message.body
    assert "$0.00" not in message.body


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (SourceUnavailable("503"), "it does not answer"),
        (SourceDrifted("no amount"), "its answers are not understood"),
    ],
)
def test_a_day_that_was_seen_in_part_says_until_when(error: SourceError, words: str) -> None:
    half = billed({"": Decimal(4)}, until=YESTERDAY.start + 13 * HOUR, error=error)

    lines = said({"relay": half})

    assert lines[0] == "10 November: at least $2.00."
    assert lines[-1] == f"- relay: $2.00 until Tue 10 Nov 12:00 UTC, unknown since: {words}"


def test_one_unknown_account_makes_the_sum_a_lower_bound() -> None:
    lines = said({"openai": WELL, "xai": REFUSED}, Budget("monthly", usd(1000)))

    assert lines[0] == "10 November: at least $6.00."
    assert lines[1].startswith("As of Wed 11 Nov 09:00 UTC: at least $52.46 this month, on pace for at least $")
    assert lines[4].startswith(
        "- monthly budget, 1 to 30 November: at least $52.46 of $1,000.00 (5.2%), on pace for at"
    )
    assert lines[-2].startswith("- xai: unknown")


def test_a_source_that_never_answered_is_unknown() -> None:
    never = SourceState(Spend("USD")).after(SourceUnavailable("timed out"), NOW)

    lines = said({"openai": WELL, "xai": never})

    assert lines[-2] == "- xai: unknown, no good reading yet: it does not answer"


def in_yuan() -> SourceState:
    cost = Reading(YESTERDAY, Money(Decimal(70), "CNY"))
    return replace(ZERO, spend=Spend("CNY", (cost,), since=FIRST))


def test_currencies_are_not_added_up_without_a_rate() -> None:
    assert said({"openai": WELL, "siliconflow": in_yuan()})[0] == "10 November: $6.00 and ¥70.00."


def test_currencies_are_added_up_at_the_rate_that_the_user_gave() -> None:
    sources = {"siliconflow": in_yuan(), "openai": WELL}
    plan = replace(plan_of(sources, Budget("daily", usd(20), Period.DAY)), rates=Rates({"CNY": usd("0.1")}))

    lines = digest(YESTERDAY, State(sources), plan, NOW).body.splitlines()

    assert lines[0].startswith("10 November: $13.00")
    assert "- daily budget, 10 November: $13.00 of $20.00 (65%)" in lines


def test_money_that_two_sources_tell_of_is_counted_once() -> None:
    sources = {"openai": WELL, "gateway": WELL}
    plan = plan_of(sources)
    behind = replace(plan.sources["openai"], counted_by="gateway")
    plan = replace(plan, sources={**plan.sources, "openai": behind})

    lines = digest(YESTERDAY, State(sources), plan, NOW).body.splitlines()

    assert lines[0] == "10 November: $6.00, 50% more than $4.00 before."
    assert lines[4] == "- model large: $5.00, $2.00 more"
    assert [line for line in lines if line.startswith("- openai: $6.00; ")]


def test_a_month_is_told_by_its_own_total() -> None:
    october = Window(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
    spend = replace(ZERO.spend, readings=(Reading(october, usd("67.10")),), since=october.start - DAY)
    schedule = DigestSchedule(Period.MONTH, time(9), 1)
    sources = {"openai": replace(ZERO, spend=spend)}

    message = digest(october, State(sources), plan_of(sources, schedule=schedule), NOW)

    assert message.title == "[DIGEST] 1 to 31 October: $67.10"


def test_what_was_not_watched_is_not_compared_with() -> None:
    late = replace(WELL, spend=replace(WELL.spend, since=YESTERDAY.start - HOUR))

    assert said({"openai": late})[0] == "10 November: $6.00."


def test_as_much_as_before_is_said_so() -> None:
    assert said({"openai": billed({"": Decimal(4)})})[0] == "10 November: $4.00, as much as before."


def test_a_budget_whose_new_window_has_just_begun_is_told_of_the_last_one() -> None:
    weekly = Budget("team", usd(20), Period.WEEK, Scope(model="small"))
    sunday = Window(datetime(2026, 11, 8, tzinfo=UTC), datetime(2026, 11, 9, tzinfo=UTC))
    monday = sunday.end + 9 * HOUR

    state = State({"openai": WELL})
    body = digest(sunday, state, plan_of(state.sources, weekly), monday).body

    assert "- weekly budget team, 2 to 8 November: $7.00 of $20.00 (35%)\n" in body


def test_a_budget_that_is_used_up_says_no_more_than_that() -> None:
    assert "- monthly budget, 1 to 30 November: $43.50 of $40.00 (108.7%), used up" in said(
        {"openai": WELL}, Budget("monthly", usd(40))
    )


def test_balances_say_how_long_they_last() -> None:
    spend = replace(WELL.spend, balance=usd(12))

    assert "- openai: $12.00, lasts 2 days at this pace" in said({"openai": replace(WELL, spend=spend)})


def test_models_that_cost_nothing_are_named() -> None:
    free = Reading(YESTERDAY, usd(0), model="new-model", tokens=1_000)
    spend = replace(WELL.spend, readings=(*WELL.spend.readings, free))

    assert "Used at $0.00, so free or without a price: new-model." in said({"openai": replace(WELL, spend=spend)})


def test_models_that_are_counted_as_the_dearest_are_named_with_their_tokens() -> None:
    guess = Reading(YESTERDAY, usd(3), "new-model", tokens=1_000, estimated=True, unpriced_tokens=1_000)
    spend = replace(WELL.spend, readings=(*WELL.spend.readings, guess))

    assert "Without a price, counted as the dearest until billed: new-model (1,000 tokens as $3.00)." in said(
        {"openai": replace(WELL, spend=spend)}
    )


def test_what_still_fires_is_told_whenever_it_began_and_of_one_kind_the_worst() -> None:
    fires = Alert("refused:xai", Rule.REFUSED, "xai", CRITICAL, "xai: the key is refused", FIRST)
    past = [
        Episode(f"threshold:daily:2026-11-{day:02d}T00:00Z", YESTERDAY.start + day * HOUR, WARNING, f"{day}")
        for day in range(1, 4)
    ]
    state = State({"openai": WELL}, alerts={fires.key: fires}, episodes=tuple(past))

    body = digest(YESTERDAY, state, plan_of(state.sources), NOW).body

    assert "Alerts: 3 fired, 1 still firing." in body
    assert "- [CRITICAL] xai: the key is refused, Sun 01 Nov 00:00 UTC, still firing\n" in body
    assert "- [WARNING] 3, Tue 10 Nov 03:00 UTC, until its window ended (3 times)\n" in body


def test_an_alert_of_a_window_that_has_ended_does_not_fire_any_more() -> None:
    old = Alert("threshold:daily", Rule.THRESHOLD, "x", CRITICAL, "x", YESTERDAY.start, YESTERDAY)
    state = State({"openai": WELL}, alerts={old.key: old})

    assert "Alerts: none." in digest(YESTERDAY, state, plan_of(state.sources), NOW).body


def test_a_state_folder_that_fails_is_told() -> None:
    state = State({"openai": WELL}, saving=Saving(NOW - HOUR, "disk full"))

    body = digest(YESTERDAY, state, plan_of(state.sources), NOW).body

    assert body.endswith("The state folder cannot be written since Wed 11 Nov 08:00 UTC.")


def test_a_channel_that_fails_is_told_on_the_others() -> None:
    failing = ChannelState("pager", "failing", error="410 Gone", failing_since=NOW - HOUR)
    state = State({"openai": WELL}, channels={"ops": ChannelState("ops", "ok"), "pager": failing})

    body = digest(YESTERDAY, state, plan_of(state.sources), NOW).body

    assert body.endswith("\nChannels that fail:\n- pager, since Wed 11 Nov 08:00 UTC: 410 Gone")


def test_a_thousand_accounts_and_budgets_are_a_short_message() -> None:
    sources = {f"account-{number}-{'x' * 60}": (WELL, REFUSED, ZERO)[number % 3] for number in range(1_000)}
    budgets = [
        Budget(f"{number}-{'y' * 60}", usd(100), scope=Scope(source=name)) for number, name in enumerate(sources)
    ]

    message = digest(YESTERDAY, State(sources), plan_of(sources, *budgets[:50]), NOW)

    assert len(message.body) <= MOST_CHARACTERS
    assert "- and 995 more" in message.body
    assert message.body.count("- and 45 more") == 1


STATES = st.sampled_from([SourceRefused("401"), SourceUnavailable("503"), SourceDrifted("?"), None])


@settings(max_examples=40)
@given(STATES, st.integers(-30, 30), st.sampled_from([Decimal(0), Decimal(4)]))
def test_zero_is_only_said_of_days_that_were_read(error: SourceError | None, hours: int, cost: Decimal) -> None:
    until = YESTERDAY.start + hours * HOUR
    source = billed({"": cost}, until=until, error=error, since=YESTERDAY.start - 2 * DAY)

    line = said({"relay": source})[-1]

    read_to = source.health.last_success
    assert read_to is not None
    if read_to <= YESTERDAY.start:
        assert line.startswith("- relay: unknown")
    assert ("verified" in line) == (not cost and read_to >= YESTERDAY.end)
    assert ("unknown" in line) == (read_to < YESTERDAY.end)


def test_times_are_said_in_the_users_zone() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    plan = replace(plan_of({"openai": WELL}), zone=berlin)
    window = DAILY.window(NOW, berlin)

    body = digest(window, State({"openai": WELL}), plan, NOW).body

    assert body.startswith("10 November: ")
    assert "\nAs of Wed 11 Nov 10:00 CET: " in body
