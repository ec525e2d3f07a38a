"""The whole text of some messages, as a person reads it at night."""

from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal

from monitor.core.budgets import Budget
from monitor.core.errors import SourceDrifted
from monitor.core.spending.readings import Observation, Quota, Reading
from monitor.core.telling.messages import render
from monitor.core.tuning import BurnRate
from monitor.core.windows import Period
from tests.core.story import OPS, THRESHOLDS_ALONE, Story, usd

MINUTE = timedelta(minutes=1)


class Reader(Story):
    """An account whose messages are read whole."""

    def read(self) -> str:
        """Return what is due, and count it as told."""
        due = self.due(OPS)
        self.state = replace(self.state, log=self.state.log.told(due, self.now))
        message = render(due, UTC, self.now)
        return f"{message.title}\n\n{message.body}\n".replace(due[0].alert.id, "1d1d1d")

    def sees(self, spent: str | Decimal, quota: Quota | None = None, *, later: timedelta = timedelta()) -> None:
        self.now += later
        self.down = {"ops"}
        reading = Reading(Period.MONTH.window(self.now, UTC), usd(spent), model="gpt-4.1")
        self.poll(Observation((reading,), self.now, timedelta(), quota))


def test_the_runaway_night() -> None:
    story = Reader(Budget("monthly", usd(500)), tuning=replace(THRESHOLDS_ALONE, burn_rate=BurnRate()))
    for _ in range(60):
        story.sees("100", later=MINUTE)
    for minute in range(1, 16):
        story.sees(100 + Decimal(50) * minute / 60, later=MINUTE)

    assert (
        story.read()
        == """\
[EMERGENCY] holysheep: spending 72x faster than the monthly budget allows

$12.50 in the last hour (18.0x the even pace); 72.0x in the last 5 min.
Pace of the last quarter of an hour: $50.00 an hour; the limit is reached Tue 10 Nov 18:00 UTC.
$112.50 of $500.00 (22.5%) of the monthly budget, 1 to 30 November, as of Tue 10 Nov 10:15 UTC.
Spent on: gpt-4.1 $112.50.
Stop all automatic requests now, then look for the script that loops.
Alert 1d1d1d. To acknowledge: spend-monitor ack 1d1d1d
"""
    )


def test_a_budget_from_its_warning_to_its_end_by_correction() -> None:
    story = Reader(Budget("monthly", usd(100)), tuning=THRESHOLDS_ALONE)
    story.sees("75.5")

    assert (
        story.read()
        == """\
[WARNING] holysheep: 75.5% of the monthly budget

$75.50 of $100.00 (75.5%) of the monthly budget, 1 to 30 November, as of Tue 10 Nov 09:00 UTC.
Spent on: gpt-4.1 $75.50.
Watch the cost closely; move work that can wait to a cheaper model.
Alert 1d1d1d. To acknowledge: spend-monitor ack 1d1d1d
"""
    )

    story.sees("40", later=timedelta(hours=3, minutes=10))

    assert (
        story.read()
        == """\
[RESOLVED] holysheep: 40% of the monthly budget

It lasted 3 h 10 min, from Tue 10 Nov 09:00 UTC to Tue 10 Nov 12:10 UTC; the figure was $75.50 when it began.
$40.00 of $100.00 (40%) of the monthly budget, 1 to 30 November, as of Tue 10 Nov 12:10 UTC.
Spent on: gpt-4.1 $40.00.
Alert 1d1d1d.
"""
    )


def test_a_provider_that_refuses_requests_as_its_limit_is_reached() -> None:
    story = Reader(None, tuning=THRESHOLDS_ALONE)
    story.sees("0.4", Quota(None, None, reached=True))

    assert (
        story.read()
        == """\
[EMERGENCY] holysheep: the provider refuses further requests, its limit is reached

As of Tue 10 Nov 09:00 UTC; the provider gave no figures.
Stop all automatic requests now, then look for the script that loops.
Alert 1d1d1d. To acknowledge: spend-monitor ack 1d1d1d
"""
    )


def test_a_source_that_is_not_understood_any_more() -> None:
    story = Reader(None, tuning=THRESHOLDS_ALONE)
    story.down = {"ops"}
    drifted = SourceDrifted("GET /v1/usage: no amount in the answer")
    story.sees("1")
    story.later(minutes=1).poll(drifted)
    story.later(minutes=11).poll(drifted)

    assert (
        story.read()
        == """\
[WARNING] holysheep: answers are not understood for 11 min

Cause: GET /v1/usage: no amount in the answer
Last good reading: 2026-11-10 09:00 UTC.
Spending goes on unseen: look at the provider's own page, and run `spend-monitor probe holysheep`.
Alert 1d1d1d. To acknowledge: spend-monitor ack 1d1d1d
"""
    )


def test_an_emergency_that_goes_on() -> None:
    story = Reader(Budget("monthly", usd(100)), tuning=THRESHOLDS_ALONE)
    story.sees("96")
    story.read()
    story.sees("96", later=timedelta(hours=4))

    assert (
        story.read()
        == """\
[EMERGENCY] holysheep: 96% of the monthly budget

$96.00 of $100.00 (96%) of the monthly budget, 1 to 30 November, as of Tue 10 Nov 13:00 UTC.
Spent on: gpt-4.1 $96.00.
Reminder: this has been so since Tue 10 Nov 09:00 UTC.
Stop all automatic requests now, then look for the script that loops.
Alert 1d1d1d. To acknowledge: spend-monitor ack 1d1d1d
"""
    )
