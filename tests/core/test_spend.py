"""Readings merged into one account: nothing is counted twice, nothing unknown is zero."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.money import Money
from monitor.core.spending.readings import Observation, Provenance, Quota, Reading, Series
from monitor.core.spending.series import MOST_PARTS
from monitor.core.spending.spend import Spend
from monitor.core.windows import FOREVER, Period, Window
from tests.core.story import usd

NOW = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
NOVEMBER = Period.MONTH.window(NOW, UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def day(number: int) -> Window:
    return Period.DAY.window(datetime(2026, 11, number, 12, tzinfo=UTC), UTC)


def seen(*readings: Reading, now: datetime = NOW) -> Observation:
    return Observation(readings, now, timedelta())


def spend(*readings: Reading, now: datetime = NOW) -> Spend:
    return Spend("USD").record(seen(*readings, now=now), now)


def month(amount: int | str, model: str | None = None) -> Reading:
    return Reading(NOVEMBER, usd(amount), model)


def days(*amounts: int) -> list[Reading]:
    return [Reading(day(number), usd(amount)) for number, amount in enumerate(amounts, 1)]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 10), st.integers(0, 100)), min_size=1, max_size=12))
def test_recording_the_same_again_changes_no_figure(rows: list[tuple[int, int]]) -> None:
    readings = [Reading(day(number), usd(amount)) for number, amount in rows]
    once = spend(*readings)
    again = once.record(seen(*readings), NOW).record(seen(*readings), NOW + MINUTE)

    assert set(again.readings) == set(once.readings)
    assert again.spent(NOVEMBER, NOW) == once.spent(NOVEMBER, NOW)


@settings(deadline=None)
@given(st.permutations(range(5)))
def test_the_order_of_readings_in_an_answer_is_irrelevant(order: list[int]) -> None:
    readings = [*days(3, 4, 5), month(12), month(7, "large")]
    one, other = spend(*readings), spend(*(readings[index] for index in order))

    assert set(one.readings) == set(other.readings)
    for window in (NOVEMBER, day(2), Window(day(1).start, day(2).end)):
        assert one.spent(window, NOW) == other.spent(window, NOW)


def test_a_re_stated_day_replaces_its_former_figure() -> None:
    known = spend(*days(3, 4, 5)).record(seen(Reading(day(2), usd(9))), NOW + MINUTE)

    assert known.spent(day(2), NOW) == usd(9)
    assert known.spent(NOVEMBER, NOW) == usd(17)


def test_a_late_correction_downward_is_believed() -> None:
    known = spend(month(96)).record(seen(month(40)), NOW + MINUTE)

    assert known.spent(NOVEMBER, NOW + MINUTE) == usd(40)
    assert known.pace(NOW + MINUTE) == usd(0)


def test_a_months_total_and_its_days_are_never_added_up() -> None:
    known = spend(month(50), *days(3, 4, 5))

    assert known.spent(NOVEMBER, NOW) == usd(50)
    assert known.spent(day(2), NOW) == usd(4)
    assert spend(*days(3, 4, 5)).spent(NOVEMBER, NOW) == usd(12)


def test_an_accounts_total_is_not_added_to_its_models() -> None:
    assert spend(month(50), month(20, "a"), month(25, "b")).spent(NOVEMBER, NOW) == usd(50)
    assert spend(month(20, "a"), month(25, "b")).spent(NOVEMBER, NOW) == usd(45)


def test_what_nobody_told_is_unknown_and_not_zero() -> None:
    assert Spend("USD").spent(NOVEMBER, NOW) is None
    assert spend(month(50)).spent(Period.MONTH.window(NOVEMBER.start - HOUR, UTC), NOW) is None
    assert spend(month(50)).spent(NOVEMBER, NOW, Series(model="large")) is None
    assert spend(month(0)).spent(NOVEMBER, NOW) == usd(0)


def test_a_part_has_no_share_of_a_span_across_the_edge() -> None:
    known = spend(month(50), month(20, "large")).record(seen(month(60), month(25, "large")), NOW + HOUR)

    assert known.spent(day(10), NOW + HOUR, Series(model="large")) is None


def test_a_day_is_told_from_a_months_counter_by_what_grew() -> None:
    at = datetime(2026, 11, 9, 23, 0, tzinfo=UTC)
    known = spend(month(50), now=at)
    for hours, amount in ((1, 52), (2, 55), (3, 59)):
        known = known.record(seen(month(amount)), at + hours * HOUR)

    assert known.spent(day(10), at + 3 * HOUR) == usd(7)


def test_a_providers_day_across_the_users_edge_counts_with_what_grew_inside() -> None:
    zone = ZoneInfo("Asia/Shanghai")  # The month begins at 16:00 UTC of the day before.
    span = Period.DAY.window(datetime(2026, 10, 31, 12, tzinfo=UTC), UTC)
    at = datetime(2026, 10, 31, 14, 0, tzinfo=UTC)
    known = spend(Reading(span, usd(10)), now=at)
    for hours, amount in ((2, 12), (4, 20)):
        known = known.record(seen(Reading(span, usd(amount))), at + hours * HOUR)
    november = Period.MONTH.window(at + 4 * HOUR, zone)

    assert november.start == at + 2 * HOUR
    assert known.spent(november, at + 4 * HOUR) == usd(8)


def test_a_day_across_the_edge_that_nobody_watched_is_shared_by_time() -> None:
    edge = Window(day(3).start + 6 * HOUR, day(5).start)

    assert spend(Reading(day(3), usd(8))).spent(edge, NOW) == usd(6)


def test_a_lifetime_counter_counts_from_when_it_was_first_seen() -> None:
    known = spend(Reading(FOREVER, usd(500)))
    assert known.spent(NOVEMBER, NOW) == usd(0)

    known = known.record(seen(Reading(FOREVER, usd(510))), NOW + HOUR)

    assert known.spent(NOVEMBER, NOW + HOUR) == usd(10)
    assert known.spent(FOREVER, NOW + HOUR) == usd(510)


def test_a_lifetime_counter_that_was_reset_counts_on() -> None:
    known = spend(Reading(FOREVER, usd(500)))
    for hours, amount in ((1, 510), (2, 3), (3, 4)):
        known = known.record(seen(Reading(FOREVER, usd(amount))), NOW + hours * HOUR)

    assert known.spent(NOVEMBER, NOW + 3 * HOUR) == usd(14)


def test_models_are_listed_dearest_first_without_those_that_cost_nothing() -> None:
    known = spend(month(50), month(5, "small"), month(40, "large"), month(5, "middle"), month(0, "free"))

    assert list(known.by("model", NOVEMBER, NOW).items()) == [("large", usd(40)), ("middle", usd(5)), ("small", usd(5))]


def test_the_pace_is_of_the_last_quarter_of_an_hour() -> None:
    known = spend(month(10))
    for minute in range(1, 61):
        known = known.record(seen(month(10 + minute if minute < 45 else 54 + 3 * (minute - 45))), NOW + minute * MINUTE)

    assert known.pace(NOW + 60 * MINUTE) == usd(180)


def test_a_re_stated_past_day_is_no_pace() -> None:
    known = spend(*days(3, 4)).record(seen(*days(3, 44)), NOW + 5 * MINUTE)

    assert known.pace(NOW + 5 * MINUTE) == usd(0)
    assert known.spent(NOVEMBER, NOW + 5 * MINUTE) == usd(47)


def test_an_answer_without_readings_keeps_the_figures_and_takes_the_quota() -> None:
    quota = Quota(None, None, reached=True)
    known = spend(month(50)).record(Observation((), NOW + MINUTE, timedelta(), quota), NOW + MINUTE)

    assert known.spent(NOVEMBER, NOW + MINUTE) == usd(50)
    assert known.quota == quota
    assert known.record(seen(month(51)), NOW + 2 * MINUTE).quota == quota


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 130), st.integers(0, 9), st.sampled_from("ab")), max_size=60))
def test_what_is_old_is_kept_by_the_month_and_nothing_of_all_time_is_forgotten(
    rows: list[tuple[int, int, str]],
) -> None:
    known, costs = Spend("USD"), {}
    for after, amount, model in sorted(rows):
        span = Period.DAY.window(NOW + after * DAY, UTC)
        costs[span, model] = amount
        known = known.record(seen(Reading(span, usd(amount), model)), NOW + after * DAY)
    later = known.record(seen(), NOW + 400 * DAY)

    if costs:
        assert later.spent(FOREVER, NOW + 400 * DAY) == usd(sum(costs.values()))
    assert len(later.readings) <= 6 * 2


def test_a_month_that_the_provider_told_is_not_added_up_again() -> None:
    known = spend(month(50), *days(3, 4, 5)).record(seen(), NOVEMBER.end + 80 * DAY)

    assert known.spent(FOREVER, NOVEMBER.end + 80 * DAY) == usd(50)


def test_a_late_bill_of_a_day_across_the_users_edge_counts_in_the_users_days() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    at = day(10).start
    known = Spend("USD")
    for hour in range(37):
        amount = 50 if hour >= 30 else 5 * min(hour, 24) // 24  # At 06:00 UTC of the day after the bill is completed.
        known = known.record(seen(Reading(day(10), usd(amount))), at + hour * HOUR)
    inside = [Period.DAY.window(day(10).start + n * DAY, zone) for n in (0, 1)]
    parts = [known.spent(window, at + 36 * HOUR) for window in inside]

    assert sum(part.amount for part in parts if part) == 50


def test_the_part_that_grows_now_is_kept_of_many() -> None:
    keys = [Reading(NOVEMBER, usd(100 + number), key=f"k{number}") for number in range(60)]
    known = Spend("USD")
    for minute in range(30):
        leak = Reading(NOVEMBER, usd(minute), key="leak")
        known = known.record(seen(*keys, leak), NOW + minute * MINUTE)

    leaking = [part for part in known.parts if part.series.key == "leak"]
    assert len(known.parts) == MOST_PARTS
    assert leaking
    assert leaking[0].trail.between(NOW, NOW + 30 * MINUTE) >= 25


def test_a_month_that_only_a_wrong_clock_saw_is_no_growth() -> None:
    later = Period.MONTH.window(NOW + 40 * DAY, UTC)
    known = spend(month(50), month(20, "large"))
    ahead = known.record(seen(Reading(later, usd(50)), Reading(later, usd(20), "large")), NOW + 40 * DAY)
    back = ahead.record(seen(month(51), month(20, "large")), NOW + MINUTE)

    assert back.trail.between(NOW, NOW + MINUTE) == 1
    assert back.trail_of(Series(model="large")).last_level == 20
    assert back.spent(later, NOW + MINUTE) is None


def test_a_balance_that_falls_was_spent_and_one_that_rises_was_topped_up() -> None:
    known = Spend("USD")
    for minute, left in enumerate((100, 90, 85, 185, 180)):
        known = known.record(Observation((), NOW, timedelta(), balance=usd(left)), NOW + minute * MINUTE)

    assert known.spent(FOREVER, NOW + 4 * MINUTE) == usd(20)
    assert known.trail.between(NOW, NOW + 4 * MINUTE) == 20
    assert known.balance == usd(180)


def test_a_balance_in_another_currency_says_nothing_of_the_spend() -> None:
    known = Spend("USD").record(Observation((), NOW, timedelta(), balance=Money(Decimal(9), "CNY")), NOW)

    assert known.spent(FOREVER, NOW) is None


def test_parts_grow_from_when_they_are_first_seen() -> None:
    known = spend(month(50), month(20, "large"))
    known = known.record(seen(month(60), month(22, "large"), month(8, "new")), NOW + HOUR)
    parts = {part.series.model: part for part in known.parts}

    assert parts["large"].trail.between(NOW, NOW + HOUR) == 2
    assert parts["new"].trail.between(NOW, NOW + HOUR) == 8
    assert (parts["large"].since, parts["new"].since) == (NOW, NOW + HOUR)


def test_an_account_that_tells_only_its_models_grows_by_their_sum() -> None:
    known = spend(month(20, "a"), month(25, "b")).record(seen(month(21, "a"), month(27, "b")), NOW + HOUR)

    assert known.trail.between(NOW, NOW + HOUR) == 3


def test_two_breakdowns_of_the_same_money_are_not_added_up() -> None:
    by_key = Reading(NOVEMBER, usd(44), key="k1")

    assert spend(month(20, "a"), month(25, "b"), by_key).spent(NOVEMBER, NOW) == usd(45)


def hour(start: int, amount: int | str, *, length: timedelta = HOUR) -> Reading:
    begin = datetime(2026, 11, 10, start, tzinfo=UTC)
    return Reading(Window(begin, begin + length), usd(amount), estimated=True)


def told(*readings: Reading, settled: datetime | None = None, now: datetime = NOW) -> Observation:
    return Observation(readings, now, timedelta(), settled_until=settled)


def test_the_bill_counts_where_it_is_final_and_the_estimate_after() -> None:
    midnight = day(10).start
    known = Spend("USD").record(
        told(Reading(day(9), usd(30)), Reading(day(10), usd(1)), hour(7, 4), hour(8, 5), settled=midnight), NOW
    )

    assert known.spent(NOVEMBER, NOW) == usd(39)
    assert known.spent(day(9), NOW) == usd(30)
    assert known.spent(day(10), NOW) == usd(9)
    assert known.provenance is Provenance.MIXED


def test_a_bill_above_the_estimate_counts_before_it_is_final() -> None:
    known = Spend("USD").record(told(Reading(day(10), usd(12)), hour(7, 4), settled=day(10).start), NOW)

    assert known.spent(day(10), NOW) == usd(12)


def test_a_bill_that_lands_replaces_the_estimate_and_is_no_growth() -> None:
    known = Spend("USD").record(told(hour(7, 4), hour(8, 5), settled=day(10).start), NOW)
    later = known.record(told(Reading(day(10), usd(7)), settled=day(11).start), NOW + DAY)

    assert later.spent(day(10), NOW + DAY) == usd(7)
    assert later.trail.last_level == 9
    assert later.drift(day(10), NOW + DAY) == Decimal(2) / 7


def test_an_hour_that_is_told_late_grows_when_it_is_told() -> None:
    known = Spend("USD").record(told(hour(7, 4)), NOW)
    later = known.record(told(hour(7, 4), hour(8, 5)), NOW + 30 * MINUTE)

    assert later.trail.between(NOW, NOW + 30 * MINUTE) == 5


def test_a_day_that_is_corrected_later_is_no_growth() -> None:
    known = spend(Reading(day(9), usd(30)), Reading(day(10), usd(1)))
    later = known.record(seen(Reading(day(9), usd(90)), Reading(day(10), usd(2))), NOW + HOUR)

    assert later.trail.between(NOW, NOW + HOUR) == 1
    assert later.spent(NOVEMBER, NOW + HOUR) == usd(92)


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 50), st.booleans()), min_size=1, max_size=20),
    st.integers(0, 24),
)
def test_bills_and_estimates_never_add_up_to_more_than_both(rows: list[tuple[int, int, bool]], settled: int) -> None:
    known = Spend("USD")
    for start, amount, estimated in rows:
        reading = hour(start, amount) if estimated else replace(hour(start, amount), estimated=False)
        known = known.record(told(reading, settled=day(10).start + settled * HOUR), NOW)

    bills = sum(r.cost.amount for r in known.readings if not r.estimated)
    estimates = sum(r.cost.amount for r in known.readings if r.estimated)
    spent = known.spent(day(10), NOW)
    assert spent is not None
    assert spent.amount <= bills + estimates
    if not estimates:
        assert spent.amount == bills


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(0, 100)), min_size=1, max_size=5))
def test_a_span_that_is_told_completely_forgets_what_was_said_of_it_before(answers: list[dict[str, int]]) -> None:
    kept = Reading(day(3), usd(9), "a")
    known = spend(kept)
    for parts in answers:
        readings = [Reading(day(4), usd(amount), model) for model, amount in parts.items()]
        whole = Reading(day(4), usd(sum(parts.values())))
        known = known.record(replace(seen(whole, *readings), complete=frozenset({day(4)})), NOW)

    assert set(known.readings) == {kept, whole, *readings}
    assert known.spent(day(4), NOW) == usd(sum(answers[-1].values()))


def test_hours_of_the_last_days_are_added_to_the_days_before() -> None:
    days_before = [Reading(day(number), usd(10), estimated=True) for number in (8, 9)]
    known = Spend("USD").record(told(*days_before, hour(7, 4), hour(8, 5)), NOW)

    assert known.spent(NOVEMBER, NOW) == usd(29)


def test_an_hour_inside_of_a_day_that_is_told_too_is_not_added_to_it() -> None:
    known = Spend("USD").record(told(*(Reading(day(n), usd(10), estimated=True) for n in (8, 9, 10)), hour(7, 4)), NOW)

    assert known.spent(NOVEMBER, NOW) == usd(30)


def test_estimates_that_are_told_anew_forget_finer_and_coarser_ones_and_no_bill() -> None:
    bill = Reading(day(9), usd(3))
    known = Spend("USD").record(told(bill, Reading(day(9), usd(9), estimated=True), hour(7, 4), hour(8, 5)), NOW)
    later = known.record(replace(told(hour(7, 6)), estimated_anew=Window(day(9).start, hour(8, 0).span.end)), NOW)

    assert set(later.readings) == {bill, hour(7, 6)}


def test_where_estimates_begin_nothing_has_grown_yet() -> None:
    known = Spend("USD").record(told(Reading(day(10), usd(20))), NOW)
    later = known.record(told(Reading(day(10), usd(21)), hour(7, 9), replace(hour(8, 9), model="m")), NOW + MINUTE)

    assert later.trail.last_level == 20
    assert later.trail_of(Series(model="m")).last_level == 0


def test_while_only_the_bill_answers_no_time_is_taken_for_quiet() -> None:
    known = Spend("USD").record(told(hour(7, 4), Reading(day(10), usd(1))), NOW)
    blind = known.record(told(Reading(day(10), usd(2))), NOW + HOUR)
    later = blind.record(told(hour(7, 4), hour(8, 6)), NOW + 2 * HOUR)

    assert later.trail.between(NOW, NOW + HOUR) == 3, "what was seen late belongs to all of the time since"


def test_a_part_that_is_told_nothing_of_has_not_grown() -> None:
    known = Spend("USD").record(told(replace(hour(7, 4), model="m"), hour(7, 4)), NOW)
    anew = Window(day(10).start, day(11).start)
    quiet = known.record(replace(told(hour(8, 0)), estimated_anew=anew), NOW + HOUR)
    later = quiet.record(told(replace(hour(9, 6), model="m"), hour(9, 6)), NOW + HOUR + MINUTE)

    part = later.trail_of(Series(model="m"))
    assert part.between(NOW, NOW + HOUR) == 0
    assert part.between(NOW + HOUR, NOW + HOUR + MINUTE) == 6


def test_a_lifetime_counter_that_dips_is_corrected_and_one_that_falls_by_far_was_reset() -> None:
    known = spend(Reading(FOREVER, usd("4001.00"))).record(seen(Reading(FOREVER, usd("4000.99"))), NOW + MINUTE)
    assert known.spent(NOVEMBER, NOW + MINUTE) == usd(0)

    known = known.record(seen(Reading(FOREVER, usd(3))), NOW + 2 * MINUTE)
    assert known.spent(NOVEMBER, NOW + 2 * MINUTE) == usd("2.99")


def test_an_answer_with_a_balance_alone_takes_nothing_from_an_account_that_tells_its_costs() -> None:
    known = spend(month(76)).record(Observation((), NOW + MINUTE, timedelta(), balance=usd(20)), NOW + MINUTE)

    assert known.spent(NOVEMBER, NOW + MINUTE) == usd(76)
    assert known.spent(FOREVER, NOW + MINUTE) == spend(month(76)).spent(FOREVER, NOW)


def test_a_clock_that_was_ahead_at_the_start_does_not_make_the_watch_begin_in_the_future() -> None:
    known = spend(month(50), now=NOW + DAY).record(seen(month(51)), NOW)

    assert known.since == NOW
