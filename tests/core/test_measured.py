"""What drives a spend is looked for when it is needed, and not at each poll of a thousand sources."""

from datetime import timedelta

from monitor.core.budgets import Budget
from monitor.core.spending.readings import Observation, Reading
from monitor.core.windows import Period
from tests.core.story import START, Story, usd

SECOND = timedelta(seconds=1)


def models(story: Story, **costs: int) -> dict[str, object]:
    """Poll an account with these models; return what the alert says that it is spent on."""
    month = Period.MONTH.window(START, story.plan.zone)
    parts = (Reading(month, usd(cost), model) for model, cost in costs.items())
    story.poll(Observation((Reading(month, usd(sum(costs.values()))), *parts), story.now, timedelta()))
    (alert,) = story.state.alerts.values()
    assert alert.spend is not None
    assert alert.spend.spent == usd(sum(costs.values()))
    return {model: cost.amount for model, cost in alert.spend.models}


def test_the_models_are_found_anew_after_half_a_minute_and_at_once_when_it_gets_worse() -> None:
    story = Story(Budget("monthly", usd(100)))

    assert models(story, a=50, b=25) == {"a": 50, "b": 25}
    assert models(story.later(seconds=29), a=50, b=26) == {"a": 50, "b": 25}
    assert models(story.later(seconds=1), a=50, b=27) == {"a": 50, "b": 27}
    assert models(story.later(seconds=1), a=50, b=41) == {"a": 50, "b": 41}


def test_a_clock_that_is_set_back_finds_them_anew() -> None:
    story = Story(Budget("monthly", usd(100)))
    models(story, a=50, b=25)

    assert models(story.at(START - SECOND), a=50, b=26) == {"a": 50, "b": 26}


def test_how_old_the_oldest_figure_is_is_looked_for_as_rarely() -> None:
    def as_of(story: Story) -> object:
        models(story, a=75)
        (alert,) = story.state.alerts.values()
        return alert.spend and alert.spend.as_of

    story = Story(Budget("monthly", usd(100)))

    assert as_of(story) == START
    assert as_of(story.later(seconds=29)) == START
    assert as_of(story.later(seconds=1)) == START + 30 * SECOND
