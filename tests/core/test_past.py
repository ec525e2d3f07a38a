"""Rows of past spend become the looks that a poller would have had."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.replaying.past import Past, Row, past_of_costs, past_of_totals, past_of_trail, step_of
from monitor.core.spending.readings import WHOLE, Series
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend

START = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def seen(past: Past, source: str = "a") -> Spend:
    """Return what is known of a source after all looks."""
    state = SourceState(Spend("USD"))
    for look in past.looks:
        if look.source == source:
            state = state.after(look.seen, look.at)
    return state.spend


def hourly(*amounts: int, model: str | None = None) -> list[Row]:
    return [
        Row("a", START + HOUR * number, Decimal(amount), Series(model=model)) for number, amount in enumerate(amounts)
    ]


def test_a_cost_is_seen_when_its_time_is_over() -> None:
    past = past_of_costs(hourly(5, 7), "USD")

    assert [look.at for look in past.looks] == [START, START + HOUR, START + 2 * HOUR]
    spend = seen(past)
    assert spend.trail.between(START, START + HOUR) == 5
    assert spend.trail.between(START + HOUR, START + 2 * HOUR) == 7


def test_a_row_that_is_missing_cost_nothing() -> None:
    rows = [*hourly(5, 7), Row("a", START + 5 * HOUR, Decimal(1))]

    spend = seen(past_of_costs(rows, "USD"))

    assert spend.trail.between(START + 2 * HOUR, START + 5 * HOUR) == 0
    assert spend.trail.between(START, START + 6 * HOUR) == 13


def test_rows_of_one_minute_are_seen_together() -> None:
    rows = [Row("a", START + timedelta(seconds=second), Decimal(1)) for second in range(60)]

    (begin, end) = past_of_costs(rows, "USD").looks

    assert (begin.at, end.at) == (START, START + HOUR)  # One bucket alone has no rhythm, and is taken as an hour.


def test_models_add_up_to_the_account() -> None:
    spend = seen(past_of_costs([*hourly(1, 2, model="x"), *hourly(3, 4, model="y")], "USD"))

    assert spend.trail.last_level == 10
    assert spend.trail_of(Series(model="y")).last_level == 7


def test_a_running_total_counts_from_its_first_figure_and_starts_again_where_it_fell() -> None:
    spend = seen(past_of_totals(hourly(100, 105, 3, 4), "USD"))

    assert spend.trail.last_level == 5 + 3 + 1


def test_sources_are_looked_at_in_order_of_time() -> None:
    rows = [Row(name, START + HOUR * number, Decimal(1)) for name in ("b", "a") for number in range(3)]

    past = past_of_costs(rows, "USD")

    assert [watched.name for watched in past.watched] == ["b", "a"]
    assert [look.at for look in past.looks] == sorted(look.at for look in past.looks)


def test_the_trail_of_a_source_is_its_past() -> None:
    before = seen(past_of_costs([*hourly(1, 2, 3, model="x"), *hourly(3, 4, 0, model="y")], "USD"))

    after = seen(past_of_trail("a", before))

    assert after.trail.last_level == before.trail.last_level
    for hours in range(3):
        span = START + HOUR * hours, START + HOUR * (hours + 1)
        assert after.trail.between(*span) == before.trail.between(*span)
    assert after.trail_of(Series(model="y")).last_level == 7


def test_figures_that_come_each_minute_are_as_fine_as_any_rule_asks_for() -> None:
    rows = [Row("a", START + MINUTE * number, Decimal(1)) for number in range(5)]

    assert [watched.grain for watched in past_of_costs(rows, "USD").watched] == [timedelta()]
    assert [watched.grain for watched in past_of_costs(hourly(1, 2, 3), "USD").watched] == [HOUR]


def test_the_rhythm_is_the_usual_gap() -> None:
    times = [START, START + HOUR, START + 2 * HOUR, START + 9 * HOUR]

    assert step_of(times) == HOUR


rows = st.lists(
    st.builds(
        Row,
        st.sampled_from(["a", "b"]),
        st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 9), timezones=st.just(UTC)),  # noqa: DTZ001
        st.decimals(0, 100, places=2),
        st.builds(Series, st.sampled_from([None, "x", "y"])),
    ),
    min_size=1,
    max_size=20,
)


@given(rows)
def test_no_cent_is_lost(rows: list[Row]) -> None:
    past = past_of_costs(rows, "USD")

    for source in {row.source for row in rows}:
        assert seen(past, source).trail.last_level == sum(row.amount for row in rows if row.source == source)
        assert {look.source for look in past.looks} >= {source}


@given(rows)
def test_a_running_total_never_takes_money_back(rows: list[Row]) -> None:
    for look in past_of_totals(rows, "USD").looks:
        assert not isinstance(look.seen, Exception)
        (whole,) = [reading.cost.amount for reading in look.seen.readings if reading.series == WHOLE]
        assert whole >= 0
