"""What has fired lately is kept for the digest, at its worst."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerting.alerts import Alert, Rule, Stage
from monitor.core.alerting.episodes import MOST_EPISODES, Episode, episodes_after
from monitor.core.budgets import Budget, Severity
from tests.core.story import START, Story, usd

OK, WARNING, CRITICAL, EMERGENCY = Severity
LATER = START + timedelta(minutes=20)
ALERT = Alert("a", Rule.THRESHOLD, "holysheep", WARNING, "75%", START)
PENDING = replace(ALERT, stage=Stage.PENDING)
OVER = replace(ALERT, severity=OK, stage=Stage.RESOLVED, ended=LATER, summary="40%")
FIRST = Episode("a", START, WARNING, "75%")


def test_what_begins_to_fire_is_an_episode_and_what_is_pending_is_none() -> None:
    assert episodes_after((), None, ALERT) == (FIRST,)
    assert episodes_after((), PENDING, ALERT) == (FIRST,)
    assert episodes_after((FIRST,), OVER, replace(ALERT, since=LATER)) == (FIRST, replace(FIRST, since=LATER))
    assert episodes_after((), None, PENDING) == ()
    assert episodes_after((), None, None) == ()


def test_it_is_kept_at_its_worst() -> None:
    worse = replace(ALERT, severity=CRITICAL, summary="92%")
    (episode,) = episodes_after((FIRST,), ALERT, worse)

    assert episode == replace(FIRST, severity=CRITICAL, summary="92%")
    assert episodes_after((episode,), worse, replace(ALERT, summary="80%")) == (episode,)
    assert episodes_after((episode,), replace(ALERT, summary="80%"), worse) == (episode,)


def test_its_end_is_noted_and_a_window_that_goes_has_none() -> None:
    assert episodes_after((FIRST,), ALERT, OVER) == (replace(FIRST, ended=LATER),)
    assert episodes_after((FIRST,), ALERT, None) == (FIRST,)


def test_the_oldest_are_forgotten() -> None:
    episodes: tuple[Episode, ...] = ()
    for number in range(MOST_EPISODES + 1):
        episodes = episodes_after(episodes, None, replace(ALERT, key=str(number)))

    assert [episodes[0].key, len(episodes)] == ["1", MOST_EPISODES]
    assert episodes_after(episodes, replace(ALERT, key="0"), replace(OVER, key="0")) == episodes


@given(st.lists(st.integers(0, 120), max_size=30))
def test_each_time_that_it_fires_is_one_episode(spent: list[int]) -> None:
    story = Story(Budget("monthly", usd(100)))
    began = 0
    for amount in spent:
        fired = any(alert.firing for alert in story.state.alerts.values())
        story.later(minutes=1).spend(amount)
        fires = any(alert.firing for alert in story.state.alerts.values())
        began += fires and not fired

    assert len(story.state.episodes) == began
    assert all(episode.ended is not None for episode in story.state.episodes[:-1])
