"""What the chart of a message shows: what was watched, and no more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from monitor.core.alerting.alerts import Alert, Rule, SpendFacts
from monitor.core.alerting.notifications import Notification, Reason
from monitor.core.budgets import Budget, Severity, Thresholds
from monitor.core.picture import Picture
from monitor.core.plan import Plan, Watched
from monitor.core.spending.readings import Reading
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.spending.tally import Tally
from monitor.core.spending.trail import Trail
from monitor.core.state import State
from monitor.core.telling.picture_of import picture_of
from monitor.core.windows import FOREVER, Period, Window
from tests.core.story import usd

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# The tenth of a month, half past nine; a dollar an hour was watched since the sixth.
NOW = datetime(2026, 11, 10, 9, 30, tzinfo=UTC)
SINCE = datetime(2026, 11, 6, tzinfo=UTC)
BUDGET = Budget("monthly", usd(500))
MONTH = Period.MONTH.window(NOW, UTC)


def watched(until: datetime = NOW) -> Trail:
    hours = (until - SINCE) // HOUR
    return Trail.of((*((SINCE + HOUR * n, Decimal(n)) for n in range(hours + 1)), (until, Decimal("105.5"))))


def alert(rule: Rule = Rule.THRESHOLD, window: Window | None = MONTH, **changes: object) -> Alert:
    facts = SpendFacts(usd(380), usd(500), Decimal("0.76"), "the monthly budget", NOW, Thresholds())
    known = Alert("key", rule, "holysheep", Severity.WARNING, "it is so", NOW - HOUR, window, facts)
    return replace(known, **{"about": "budget:monthly", **changes})  # type: ignore[arg-type]


def drawn(
    due: Alert, trail: Trail | None = None, reason: Reason = Reason.FIRST, readings: tuple[Reading, ...] = ()
) -> Picture | None:
    trail = watched() if trail is None else trail
    plan = Plan({"holysheep": Watched("holysheep", "holysheep")}, (BUDGET,))
    sources = {"holysheep": SourceState(Spend("USD", readings, trail=trail))}
    state = State(sources, tallies={plan.group(BUDGET).counted: Tally(trail=trail)})
    return picture_of([Notification("ops", due, reason)], state, plan, NOW)


def test_a_limit_is_shown_as_it_was_used_up_day_by_day() -> None:
    picture = drawn(alert())

    assert picture is not None
    assert picture.bars == (*[None] * 4, *(Decimal("274.5") + 24 * n for n in range(5)), Decimal(380))
    assert (picture.cells, picture.mark) == (30, 9)
    assert [f"{line.label} at {line.amount:.0f}" for line in picture.lines] == [
        "70% at 350",
        "90% at 450",
        "95% at 475",
        "$500.00 at 500",
    ]
    assert picture.caption == "$380.00 of $500.00 spent, 1 to 30 November"


def test_days_before_the_watch_are_known_as_far_as_the_provider_tells_of_each() -> None:
    days = tuple(Reading(Period.DAY.window(SINCE - DAY * ago, UTC), usd(60 + ago)) for ago in (5, 4, 2, 1))
    of_month = Reading(MONTH, usd(380))

    some, none = drawn(alert(), readings=(*days, of_month)), drawn(alert(), readings=(of_month,))

    assert some is not None
    assert some.bars[:6] == (Decimal(65), Decimal(129), None, None, Decimal("274.5"), Decimal("298.5"))
    assert none is not None
    assert none.bars[:5] == (*[None] * 4, Decimal("274.5"))


def test_what_nobody_watched_is_unknown_and_not_nothing() -> None:
    picture = drawn(alert(Rule.SPIKE, None), Trail.of(((NOW - 5 * HOUR, Decimal(7)), (NOW - 2 * HOUR, Decimal(7)))))

    assert picture is None  # All that is known is that nothing was spent.
    some = drawn(alert(Rule.SPIKE, None), Trail.of(((NOW - 5 * HOUR, Decimal(7)), (NOW - 2 * HOUR, Decimal(10)))))
    assert some is not None
    assert some.bars == (*[None] * 19, 1, 1, Decimal("0.5"), None, None)


def test_a_speed_is_shown_by_the_hour_and_the_running_hour_as_far_as_it_has_come() -> None:
    picture = drawn(alert(Rule.BURN_RATE))

    assert picture is not None
    assert picture.bars == (*[Decimal(1)] * 23, Decimal("0.5"))
    assert (picture.lines, picture.mark, picture.last) == ((), 22, "Tue 10 Nov 09:30 UTC")


@pytest.mark.parametrize(
    ("window", "cells"),
    [
        (Period.DAY.window(NOW, UTC), 24),
        (Period.HOUR.window(NOW, UTC), 12),
        (Period.WEEK.window(NOW, UTC), 7),
        (FOREVER, 24),
    ],
)
def test_each_period_has_cells_that_can_be_told_apart(window: Window, cells: int) -> None:
    picture = drawn(alert(window=window))

    assert picture is not None
    assert picture.cells == cells


@pytest.mark.parametrize(
    ("due", "reason"),
    [
        (alert(severity=Severity.OK), Reason.RESOLVED),
        (alert(), Reason.HELD),
        (alert(Rule.NO_DATA, None), Reason.FIRST),
        (alert(spend=None), Reason.FIRST),
    ],
)
def test_of_what_is_over_or_no_matter_of_money_there_is_no_chart(due: Alert, reason: Reason) -> None:
    assert drawn(due, reason=reason) is None


def test_of_an_account_that_nobody_has_watched_there_is_no_chart() -> None:
    assert drawn(alert(), Trail()) is None
    assert drawn(alert(Rule.QUOTA, about="budget:quota:gone", subject="gone")) is None
