"""What happened lately, the newest first; under each event who was told of it, or why somebody was not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from monitor.core.alerting.events import Attempt, Event, Mention, What
from monitor.core.telling.phrases import some_of
from monitor.daemon.history import Record
from monitor.daemon.web.page_html import Html, joined, named, tag
from monitor.daemon.web.page_sight import Sight
from monitor.daemon.web.page_words import when

# Of the history, so much is on the page; the rest is a link away.
MOST_RECORDS = 40
MOST_NAMED = 3
# What is said later than this is a reminder or a late delivery, and stands for itself.
SOON, A_MOMENT = timedelta(minutes=15), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """`attempts` are those that told of the event, the oldest first; a record that is an attempt has none."""

    record: Record
    attempts: list[Attempt] = field(default_factory=list)


def history(sight: Sight) -> Html:
    rows = [_entry(entry, sight) for entry in entries(sight.history)]
    body = tag("ol", *rows) if rows else tag("p", "Nothing has happened yet.", class_="none")
    links = tag(
        "p",
        tag("a", "All of it as JSON", href="/api/v1/history?limit=1000"),
        " or ",
        tag("a", "CSV", href="/api/v1/history?limit=1000&format=csv"),
        "; spend as CSV by ",
        tag("a", "hour", href="/api/v1/spend?per=hour&format=csv"),
        " or ",
        tag("a", "day", href="/api/v1/spend?per=day&format=csv"),
        ".",
        class_="none",
    )
    return tag("section", tag("h2", "History"), body, links, id="history")


def entries(records: Sequence[Record]) -> list[Entry]:
    """Return the records, newest first as they come, with each attempt under the events that it told of."""
    newest: dict[str, Entry] = {}
    found: list[Entry] = []
    for record in reversed(records):
        entry = Entry(record)
        if isinstance(record, Event):
            newest[record.id] = entry
        else:
            told = list(_told(record, newest))
            for event in told:
                event.attempts.append(record)
            if told:
                continue
        found.append(entry)
    return found[::-1]


def _told(attempt: Attempt, newest: Mapping[str, Entry]) -> Iterator[Entry]:
    for mention in attempt.alerts:
        event = newest.get(mention.id)
        if event is not None and attempt.at - event.record.at <= SOON:
            yield event


def _entry(entry: Entry, sight: Sight) -> Html:
    at = when(entry.record.at, sight.plan.zone)
    if isinstance(entry.record, Attempt):
        return tag("li", at, " ", tag("span", _attempt(entry.record, sight)))
    told = [_line(one, entry.record, sight) for one in entry.attempts]
    return tag("li", at, " ", tag("span", _event(entry.record), tag("small", *told, class_="told") if told else None))


def _event(event: Event) -> Html:
    return joined(
        [
            tag("span", event.what.value, class_=f"what {_colour(event)}"),
            " ",
            named(event.summary or event.key),
            joined([" · by ", named(event.by)]) if event.by else None,
            tag("small", f" · {event.id}"),
        ]
    )


def _colour(event: Event) -> str:
    return "ok" if event.what in (What.RESOLVED, What.EASED) else event.severity.name.lower()


def _line(attempt: Attempt, event: Event, sight: Sight) -> Html:
    """Return who was told of an event, why, and when that was not at once."""
    reason = next(mention.reason for mention in attempt.alerts if mention.id == event.id)
    late = [", at ", when(attempt.at, sight.plan.zone)] if attempt.at - event.at >= A_MOMENT else []
    return tag("span", _outcome(attempt), f" ({reason})", *late, _why(attempt))


def _attempt(attempt: Attempt, sight: Sight) -> Html:
    what = some_of([_named(mention, sight) for mention in attempt.alerts], MOST_NAMED)
    return joined([_outcome(attempt), ": ", named(what), _why(attempt)])


def _outcome(attempt: Attempt) -> Html:
    failed = attempt.error is not None
    by = joined([" by ", named(attempt.by)]) if attempt.by != attempt.channel else None
    word = tag("span", "failed" if failed else "delivered", class_="what failing" if failed else "what")
    return joined([word, " to ", named(attempt.channel), by])


def _why(attempt: Attempt) -> Html | None:
    return tag("span", attempt.error, class_="why") if attempt.error else None


def _named(mention: Mention, sight: Sight) -> str:
    known = sight.state.alerts.get(mention.key)
    return f"{known.summary if known is not None else mention.id} ({mention.reason})"
