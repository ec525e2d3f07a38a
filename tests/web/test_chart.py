"""The charts and the gauges: what is drawn is what is known."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.budgets import Budget
from monitor.core.money import Money
from monitor.core.windows import Window
from monitor.daemon.web.page_bars import Bar
from monitor.daemon.web.page_chart import HEIGHT, chart
from monitor.daemon.web.page_words import about, brief, rounded

START = datetime(2026, 11, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
amounts = st.decimals(min_value=0, max_value=10**9, allow_nan=False, places=4)


def bars_of(costs: list[Decimal | None]) -> list[Bar]:
    return [Bar(Window(START + number * HOUR, START + (number + 1) * HOUR), cost) for number, cost in enumerate(costs)]


def drawn(html: str, kind: str) -> list[str]:
    """Return the shapes of one kind, each from its move on."""
    paths = re.findall(rf'<path class="{kind}[^"]*" d="([^"]*)"', html)
    return [shape for path in paths for shape in path.split("M") if shape]


@given(st.lists(st.none() | amounts, min_size=1, max_size=60))
def test_each_cost_is_a_bar_within_the_picture_and_each_gap_is_none(costs: list[Decimal | None]) -> None:
    html = chart("Each hour", bars_of(costs), currency="USD", zone=UTC)

    heights = [float(shape.split("v-")[1].split("h")[0]) for shape in drawn(html, "bar")]
    assert len(heights) == sum(1 for cost in costs if cost)
    assert len(drawn(html, "gap")) == costs.count(None)
    assert all(0 < height <= HEIGHT for height in heights)
    assert len(html.split('data-costs="')[1].split('"')[0].split()) == len(costs)


def test_the_chart_says_in_words_what_it_shows() -> None:
    html = chart(
        "Each hour",
        bars_of([Decimal("1.50"), None, Decimal(3)]),
        currency="USD",
        zone=UTC,
        budget=Budget("daily", Money(Decimal(4), "USD")),
    )

    said = html.split('aria-label="')[1].split('"')[0]
    assert said == "Each hour: $4.50 in all, at most $3.00 in one; of 1 nothing is known; limit $4.00"


def test_a_limit_far_above_all_bars_does_not_press_them_flat() -> None:
    html = chart(
        "Each day", bars_of([Decimal(1)]), currency="USD", zone=UTC, budget=Budget("daily", Money(Decimal(500), "USD"))
    )

    assert drawn(html, "limit") == []
    assert drawn(html, "bar")[0].split("v-")[1].startswith(f"{HEIGHT:.1f}")


def test_a_limit_is_drawn_at_its_three_thresholds() -> None:
    budget = Budget("daily", Money(Decimal(10), "USD"))

    html = chart("Each day", bars_of([Decimal(20)]), currency="USD", zone=UTC, budget=budget)

    assert drawn(html, "limit warning") == ["0 65.0H10"]
    assert drawn(html, "limit critical") == ["0 55.0H10"]
    assert drawn(html, "limit emergency") == ["0 52.5H10"]


def test_without_a_budget_for_a_bar_the_even_pace_is_drawn() -> None:
    html = chart("Each day", bars_of([Decimal(20)]), currency="USD", zone=UTC, even=Money(Decimal(5), "USD"))

    assert drawn(html, "limit even") == ["0 75.0H10"]


def test_a_forecast_has_bounds_within_the_picture() -> None:
    (now,), (day,) = bars_of([Decimal(2)]), bars_of([Decimal(3)])

    html = chart("Each day", [now], [replace(day, least=Decimal(1), most=Decimal(4))], currency="USD", zone=UTC)

    assert drawn(html, "band") == ["15 75.0V0.0"]


def test_what_is_not_known_is_not_said_to_be_nothing() -> None:
    unknown = chart("Each hour", bars_of([None, None]), currency="USD", zone=UTC)
    free = chart("Each hour", bars_of([Decimal(0), None]), currency="USD", zone=UTC)

    assert ">nothing is known</output>" in unknown
    assert ">nothing spent</output>" in free


def test_an_alert_is_marked_in_the_hour_in_which_it_began() -> None:
    html = chart(
        "Each hour",
        bars_of([Decimal(1), Decimal(2)]),
        currency="USD",
        zone=UTC,
        marks=[(START + 1.5 * HOUR, "CRITICAL"), (START - HOUR, "WARNING")],
    )

    assert drawn(html, "mark critical") == [f"15 0v{HEIGHT}"]
    assert drawn(html, "mark warning") == []


def test_amounts_have_cents_only_where_they_say_something() -> None:
    assert rounded(Money(Decimal("100.00"), "USD")) == "$100"
    assert rounded(Money(Decimal("99.50"), "USD")) == "$99.50"
    assert about(Money(Decimal("66.71"), "USD")) == "$67"
    assert about(Money(Decimal("6.71"), "USD")) == "$6.71"


def test_an_age_is_in_the_unit_that_people_would_use() -> None:
    assert [brief(timedelta(seconds=number)) for number in (-5, 12, 90, 3 * 86_400)] == [
        "0 s",
        "12 s",
        "1 min",
        "3 days",
    ]
