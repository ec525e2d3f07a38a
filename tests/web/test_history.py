"""The history on the page: who was told of an event stands under it, and why somebody was not."""

from datetime import UTC, datetime, timedelta

from monitor.core.alerting.events import Attempt, Event, Mention, What
from monitor.core.budgets import Severity
from monitor.daemon.web.page_history import SOON, Entry, entries

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def fired(identity: str, after: timedelta = timedelta(0), what: What = What.FIRED) -> Event:
    return Event(NOON + after, what, f"key:{identity}", identity, Severity.WARNING, f"summary of {identity}")


def told(*identities: str, after: timedelta = timedelta(0), error: str | None = None) -> Attempt:
    mentions = tuple(Mention(f"key:{identity}", identity, "first") for identity in identities)
    return Attempt(NOON + after, "ops", "ops", mentions, len(mentions), error)


def test_an_attempt_stands_under_each_event_that_it_told_of() -> None:
    first, second, both = fired("a"), fired("b"), told("a", "b")

    assert entries([both, second, first]) == [Entry(second, [both]), Entry(first, [both])]


def test_it_tells_of_the_newest_turn_of_an_alert() -> None:
    before, worse = fired("a"), fired("a", timedelta(minutes=2), What.ESCALATED)
    first, then = told("a"), told("a", after=timedelta(minutes=2))

    assert entries([then, worse, first, before]) == [Entry(worse, [then]), Entry(before, [first])]


def test_what_is_said_much_later_or_of_what_is_not_shown_stands_for_itself() -> None:
    event, reminder, other = fired("a"), told("a", after=2 * SOON), told("gone", after=3 * SOON)

    assert entries([other, reminder, event]) == [Entry(other), Entry(reminder), Entry(event)]


def test_failed_attempts_and_the_one_that_came_through_are_all_there_in_their_order() -> None:
    event, failed, through = fired("a"), told("a", error="503"), told("a", after=timedelta(minutes=1))

    assert entries([through, failed, event]) == [Entry(event, [failed, through])]
