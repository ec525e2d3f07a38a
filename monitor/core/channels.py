"""Who is told, and the words that reach them."""

from dataclasses import dataclass
from enum import StrEnum

from monitor.core.budgets import Severity


@dataclass(frozen=True, slots=True)
class Channel:
    """A named way to reach someone. Its address is a credential and stays in the daemon's settings."""

    name: str
    min_severity: Severity = Severity.WARNING
    resolved: bool = True


class Tone(StrEnum):
    """How a message looks where services have colours; the values are Apprise's own types."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Message:
    """Plain text, no markup: the edge that sends it escapes it for its service. The title stands alone."""

    title: str
    body: str
    tone: Tone
