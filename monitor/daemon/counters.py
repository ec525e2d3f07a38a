"""What happened since the start, counted where it happens; for the metrics."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.core.alerting.notifications import Notification


@dataclass(slots=True)
class Counters:
    """`polls` are by source and outcome, `poll_seconds` by source, `notifications` by channel and severity.

    `usage` are the requests that programs told, by what became of them. `saved_at` is when a file was last written.
    """

    polls: Counter[tuple[str, str]] = field(default_factory=Counter)
    poll_seconds: Counter[str] = field(default_factory=Counter)
    notifications: Counter[tuple[str, str]] = field(default_factory=Counter)
    notification_failures: Counter[str] = field(default_factory=Counter)
    usage: Counter[str] = field(default_factory=Counter)
    saved_at: datetime | None = None

    def polled(self, source: str, took: timedelta, *, well: bool) -> None:
        self.polls[source, "success" if well else "failure"] += 1
        self.poll_seconds[source] += took.total_seconds()  # type: ignore[assignment]  # A Counter holds floats as well.

    def attempted(self, channel: str, due: Sequence[Notification], error: str | None) -> None:
        """Count one message by the worst alert in it."""
        if error is not None:
            self.notification_failures[channel] += 1
        elif due:
            self.notifications[channel, due[0].alert.severity.name.lower()] += 1

    def took_in(self, result: str, requests: int) -> None:
        self.usage[result] += requests
