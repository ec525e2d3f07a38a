"""Who is told, how well that goes, and what happened lately, with each attempt to deliver."""

from collections.abc import Mapping
from typing import assert_never
from urllib.parse import quote

from monitor.core.alerting.events import Attempt, Event
from monitor.core.channels import Channel, ChannelState
from monitor.core.telling.phrases import some_of
from monitor.daemon.history import Record
from monitor.daemon.web.page_html import Html, joined, named, tag
from monitor.daemon.web.page_orders import form
from monitor.daemon.web.page_sight import Sight
from monitor.daemon.web.page_words import ago, when

# Of the history, so much is on the page; the rest is a link away.
MOST_RECORDS = 25
MOST_NAMED = 3


def channels(sight: Sight) -> Html:
    known = {state.name: state for state in sight.channels}
    rows = [_channel(channel, known, sight) for channel in sight.plan.channels]
    nobody = tag("p", "Nobody is told (MONITOR_NOTIFY is not set): alerts are shown here, and logged.", class_="none")
    return tag("section", tag("h2", "Channels"), *(rows or [nobody]), id="channels")


def _channel(channel: Channel, known: Mapping[str, ChannelState], sight: Sight) -> Html:
    state = known.get(channel.name, ChannelState(channel.name))
    since: list[str] = [", since ", when(state.failing_since, sight.plan.zone)] if state.failing_since else []
    return tag(
        "article",
        tag("h3", named(channel.name)),
        tag(
            "p",
            tag("span", state.state, class_=f"state {state.state}"),
            *since,
            f" · from {channel.min_severity.name.lower()} up · last delivery ",
            ago(state.last_success, sight.now),
            tag("span", state.error, class_="why") if state.error else None,
        ),
        form(
            f"/api/v1/channels/{quote(channel.name, safe='')}/test",
            tag("button", "Send a test", aria_label=f"Send a test to {channel.name}"),
        ),
        class_="channel",
    )


def history(sight: Sight) -> Html:
    rows = [_record(record, sight) for record in sight.history]
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


def _record(record: Record, sight: Sight) -> Html:
    at = when(record.at, sight.plan.zone)
    match record:
        case Event():
            words = joined(
                [
                    tag("span", record.what.value, class_=f"what {record.severity.name.lower()}"),
                    " ",
                    named(record.summary or record.key),
                    joined([" · by ", named(record.by)]) if record.by else None,
                    tag("small", f" · {record.id}"),
                ]
            )
        case Attempt():
            words = _attempt(record)
        case _:
            assert_never(record)
    return tag("li", at, " ", tag("span", words))


def _attempt(attempt: Attempt) -> Html:
    by = f" by {attempt.by}" if attempt.by != attempt.channel else ""
    told = [f"{mention.id} ({mention.reason})" for mention in attempt.alerts]
    failed = attempt.error is not None
    return joined(
        [
            tag("span", "failed" if failed else "delivered", class_="what failing" if failed else "what"),
            f" to {attempt.channel}{by}: {some_of(told, MOST_NAMED)}",
            tag("span", attempt.error, class_="why") if attempt.error else None,
        ]
    )
