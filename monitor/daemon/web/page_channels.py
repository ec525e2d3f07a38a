"""Who is told, and how well that goes."""

from collections.abc import Mapping
from urllib.parse import quote

from monitor.core.channels import Channel, ChannelState
from monitor.daemon.web.page_html import Html, named, tag
from monitor.daemon.web.page_orders import form
from monitor.daemon.web.page_sight import Sight
from monitor.daemon.web.page_words import ago, when


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
