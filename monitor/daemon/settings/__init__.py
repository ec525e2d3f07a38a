"""What the environment says, checked as a whole and handed on as plain values."""

from monitor.core.parsing.durations import parse_duration
from monitor.daemon.settings.load import load_settings
from monitor.daemon.settings.names import SETTINGS, Setting
from monitor.daemon.settings.values import ChannelSettings, Secret, Settings, SourceSettings

__all__ = [
    "SETTINGS",
    "ChannelSettings",
    "Secret",
    "Setting",
    "Settings",
    "SourceSettings",
    "load_settings",
    "parse_duration",
]
