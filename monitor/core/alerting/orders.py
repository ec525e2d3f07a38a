"""What a person may ask for: that an alert is known, that some are not spoken of, and the end of both."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from monitor.core.windows import FOREVER


class Until(StrEnum):
    """An end of an acknowledgement that is no time: its alert's window, or twice what is spent now."""

    WINDOW_ENDS = "window_ends"
    DOUBLED = "doubled"


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """`alert` is an id, the beginning of one, or a key. Without `until` it holds until the alert is over."""

    alert: str
    by: str
    at: datetime
    until: datetime | Until | None = None
    order: Literal["acknowledge"] = "acknowledge"

    def __post_init__(self) -> None:
        _sensible(self.at, *([self.until] if isinstance(self.until, datetime) else []))


@dataclass(frozen=True, slots=True)
class Unacknowledge:
    alert: str
    by: str
    at: datetime
    order: Literal["unacknowledge"] = "unacknowledge"

    def __post_init__(self) -> None:
        _sensible(self.at)


@dataclass(frozen=True, slots=True)
class AddSilence:
    """The patterns are those of `Silence`."""

    until: datetime
    by: str
    reason: str
    at: datetime
    rule: str = "*"
    subject: str = "*"
    key: str = "*"
    order: Literal["add_silence"] = "add_silence"

    def __post_init__(self) -> None:
        _sensible(self.at, self.until)


@dataclass(frozen=True, slots=True)
class EndSilence:
    """`silence` is an id, or the beginning of one."""

    silence: str
    by: str
    at: datetime
    order: Literal["end_silence"] = "end_silence"

    def __post_init__(self) -> None:
        _sensible(self.at)


Order = Acknowledge | Unacknowledge | AddSilence | EndSilence


class Refusal(StrEnum):
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    OVER = "over"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an order, in `words` for the person who gave it."""

    words: str
    refused: Refusal | None = None


def _sensible(*moments: datetime) -> None:
    if any(moment.tzinfo is None or moment not in FOREVER for moment in moments):
        raise ValueError("an order needs aware times of this age")
