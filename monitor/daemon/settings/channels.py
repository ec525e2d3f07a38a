"""From addresses and sections to channels; what only shows when they stand side by side is checked here."""

import re
from collections import Counter
from collections.abc import Mapping

from monitor.core.channels import Channel, fallbacks
from monitor.core.parsing.problems import Problems, did_you_mean
from monitor.daemon.senders.drawing import can_draw
from monitor.daemon.settings import fields
from monitor.daemon.settings.model import Model
from monitor.daemon.settings.values import ChannelSettings
from monitor.daemon.settings.variables import Variables

NEEDS_PILLOW = "needs the package pillow: pip install 'spend-monitor[pictures]', or set it to false"
# An Apprise URL may hold commas of its own.
_BETWEEN_URLS = re.compile(rf"\s*,\s*(?={fields.SCHEME})|\s+")


def build_channels(model: Model, variables: Variables, problems: Problems) -> tuple[ChannelSettings, ...]:
    channels = {}
    variable = variables.origin("MONITOR_NOTIFY")
    urls = [url.rstrip(",") for url in _BETWEEN_URLS.split(model.notify) if url.rstrip(",")]
    seen: Counter[str] = Counter()
    for position, text in enumerate(urls, 1):
        try:
            url = fields.parse_channel_url(text)
        except ValueError as error:
            where = f"(number {position} of {len(urls)}) " if len(urls) > 1 else ""
            problems.add("MONITOR_NOTIFY", f"{where}{error}", shown=variable)
            continue
        service = re.sub("[^a-z0-9]+", "-", text.partition("://")[0].lower()).strip("-")
        seen[service] += 1
        name = service if seen[service] == 1 else f"{service}-{seen[service]}"
        channels[name] = ChannelSettings(Channel(name), url, variable, model.pictures)
    for name, section in model.channels.items():
        prefix = f"MONITOR_CHANNELS__{name.upper()}__"
        origin = variables.origin(f"{prefix}URL")
        if section.url is None:
            problems.add(f"{prefix}URL", f"is not set: the channel {name} needs an Apprise URL")
            continue
        if name in channels:
            problems.add(f"{prefix}URL", f"is a second channel named {name}: MONITOR_NOTIFY has one", shown=origin)
        fallback = section.fallback.lower() if section.fallback else None
        channel = Channel(name, section.min_severity, section.resolved, section.rules, fallback, section.digest)
        pictures = model.pictures if section.pictures is None else section.pictures
        channels[name] = ChannelSettings(channel, section.url, origin, pictures)
        if section.pictures and not can_draw():
            problems.add(f"{prefix}PICTURES", NEEDS_PILLOW, shown=variables.origin(f"{prefix}PICTURES"))
    if model.pictures and not can_draw():
        problems.add("MONITOR_PICTURES", NEEDS_PILLOW, shown=variables.origin("MONITOR_PICTURES"))
    _check_fallbacks({name: entry.channel for name, entry in channels.items()}, model, variables, problems)
    return tuple(channels.values())


def _check_fallbacks(channels: Mapping[str, Channel], model: Model, variables: Variables, problems: Problems) -> None:
    """Note each fallback that is no channel, or that leads back to where it began."""
    for channel in channels.values():
        variable = f"MONITOR_CHANNELS__{channel.name.upper()}__FALLBACK"
        shown = variables.origin(variable)
        if channel.fallback is None:
            continue
        if channel.fallback not in channels:
            if channel.fallback not in model.channels:  # One that is there and lacks its URL is a problem of its own.
                problems.add(variable, f"is not a channel{did_you_mean(channel.fallback, channels)}", shown=shown)
            continue
        chain = fallbacks(channel.name, channels)
        if channels[(channel.name, *chain)[-1]].fallback == channel.name:
            problems.add(
                variable, f"leads back to itself: {' -> '.join((channel.name, *chain, channel.name))}", shown=shown
            )
