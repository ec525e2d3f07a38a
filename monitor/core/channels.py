"""Who is told, the words that reach them, and how well that goes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.core.budgets import Severity
from monitor.core.picture import Picture

# How long a channel may fail before its fallback is told instead.
FALLBACK_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Channel:
    """A named way to reach someone. Its address is a credential and stays in the daemon's settings.

    It hears of `rules` only, by their names, or of all when that is None. `fallback` names the channel that is told
    in its place when it is given up. `digest` is whether it is sent the digest, where there is one.
    """

    name: str
    min_severity: Severity = Severity.WARNING
    resolved: bool = True
    rules: frozenset[str] | None = None
    fallback: str | None = None
    digest: bool = True


def fallbacks(name: str, channels: Mapping[str, Channel]) -> tuple[str, ...]:
    """Return who is told in the channel's place, one after the other; a loop ends before it repeats one."""
    chain = [name]
    following = channels[name].fallback
    while following is not None and following in channels and following not in chain:
        chain.append(following)
        following = channels[following].fallback
    return tuple(chain[1:])


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How a channel's deliveries go; `state` is `ok`, `failing` or `untried`, and `failures` are those in a row.

    `permanent` says that it will go on failing until a person acts: the webhook was deleted, the bot was blocked.
    """

    name: str
    state: str = "untried"
    last_success: datetime | None = None
    error: str | None = None
    failing_since: datetime | None = None
    failures: int = 0
    permanent: bool = False

    def delivered(self, now: datetime) -> "ChannelState":
        return ChannelState(self.name, "ok", now)

    def failed(self, reason: str, now: datetime, *, permanent: bool = False) -> "ChannelState":
        return replace(
            self,
            state="failing",
            error=reason,
            failing_since=self.failing_since or now,
            failures=self.failures + 1,
            permanent=permanent,
        )

    def given_up_in(self, now: datetime) -> timedelta | None:
        """Return how long until the fallback is told instead: nothing once it is so, None while nothing fails."""
        if self.failing_since is None:
            return None
        # Either way: a clock that was set back must not put it off.
        failing_for = abs(now - self.failing_since)
        return timedelta() if self.permanent else max(FALLBACK_AFTER - failing_for, timedelta())


class Tone(StrEnum):
    """How a message looks where services have colours; the values are Apprise's own types."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Message:
    """Plain text, no markup: the edge that sends it escapes it for its service. The title stands alone.

    A picture goes with it where a channel takes one; it is no part of what the message says.
    """

    title: str
    body: str
    tone: Tone
    picture: Picture | None = field(default=None, compare=False)
