"""The words of an alert: how much of what, how fast, the cause, what to do now."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from monitor.core.alerts import Alert, SpendFacts
from monitor.core.budgets import Severity
from monitor.core.channels import Message, Tone
from monitor.core.money import percent
from monitor.core.notifications import Notification, Reason
from monitor.core.windows import FOREVER, Window

ADVICE = {
    Severity.WARNING: "Watch the cost closely; move work that can wait to a cheaper model.",
    Severity.CRITICAL: "Check the running scripts now, and put strict rate limits on them.",
    Severity.EMERGENCY: "Stop all automatic requests now, then look for the script that loops.",
}


def render(due: Sequence[Notification], zone: tzinfo, now: datetime) -> Message:
    """Return one message for all that is due on a channel at once; the first is the worst and gives the title.

    Raises:
        ValueError: nothing is due.
    """
    if not due:
        raise ValueError("nothing is due")
    worst, *others = due
    elsewhere = sum(note.alert.subject != worst.alert.subject for note in others)
    more = f" (+{elsewhere} more)" if elsewhere else ""
    body = "\n\n".join("\n".join(_lines(note, zone, now, titled=bool(others))) for note in due)
    return Message(f"{_label(worst)} {worst.alert.summary}{more}", body, _tone(worst))


def _label(note: Notification) -> str:
    return "[RESOLVED]" if note.reason is Reason.RESOLVED else f"[{note.alert.severity.name}]"


def _tone(note: Notification) -> Tone:
    if note.reason is Reason.RESOLVED:
        return Tone.SUCCESS
    return Tone.WARNING if note.alert.severity is Severity.WARNING else Tone.FAILURE


def _lines(note: Notification, zone: tzinfo, now: datetime, *, titled: bool) -> list[str]:
    alert = note.alert
    lines = [f"{_label(note)} {alert.summary}"] if titled else []
    if alert.spend is not None:
        lines += _spend_lines(alert, alert.spend, zone, now)
    lines += alert.advice
    if note.reason is Reason.RESOLVED:
        lines.append(f"It is over; it began {_clock(alert.since, zone)}.")
    if note.reason is Reason.REMINDER:
        lines.append(f"Reminder: this has been so since {_clock(alert.since, zone)}.")
    steps = [level.name for level in Severity if note.before < level <= alert.severity]
    if alert.spend is not None and len(steps) > 1:
        lines.append(f"Crossed at once: {', '.join(steps)}.")
    if note.reason is not Reason.RESOLVED and alert.spend is not None:
        lines.append(ADVICE[alert.severity])
    return lines


def _spend_lines(alert: Alert, facts: SpendFacts, zone: tzinfo, now: datetime) -> list[str]:
    lines = []
    if facts.spent is not None and facts.limit is not None and facts.ratio is not None:
        span = f", {window_words(alert.window, zone)}" if alert.window else ""
        seen = f", as of {_clock(facts.as_of, zone)}" if facts.as_of else ""
        lines.append(f"{facts.spent} of {facts.limit} ({percent(facts.ratio)}) of {facts.what}{span}{seen}.")
    elif facts.as_of:
        lines.append(f"As of {_clock(facts.as_of, zone)}; the provider gave no figures.")
    if facts.pace is not None and facts.pace.amount > 0:
        lines.append(f"Pace of the last quarter of an hour: {facts.pace} an hour{_end_words(alert, facts, zone, now)}.")
    if facts.models:
        lines.append("Spent on: " + ", ".join(f"{model} {cost}" for model, cost in facts.models) + ".")
    return lines


def _end_words(alert: Alert, facts: SpendFacts, zone: tzinfo, now: datetime) -> str:
    """Return when the limit is reached at this pace, if that is inside the window."""
    if facts.limit is None or facts.spent is None or facts.pace is None or facts.spent.amount >= facts.limit.amount:
        return ""
    hours = float((facts.limit - facts.spent) / facts.pace)
    if hours > 24 * 366:
        return ""
    end = now + timedelta(hours=hours)
    if alert.window is not None and end >= alert.window.end:
        return "; the limit holds until the window ends"
    return f"; the limit is reached {_clock(end, zone)}"


def window_words(window: Window, zone: tzinfo) -> str:
    """Return the window for people: `1 to 30 November`, `25 November`, `since the beginning`."""
    if window == FOREVER:
        return "since the beginning"
    first = window.start.astimezone(zone)
    last = (window.end - timedelta(seconds=1)).astimezone(zone)
    if window.length < timedelta(hours=2):
        return f"the hour from {_clock(window.start, zone)}"
    if first.date() == last.date():
        return f"{first.day} {first:%B}"
    if first.month == last.month:
        return f"{first.day} to {last.day} {last:%B}"
    return f"{first.day} {first:%B} to {last.day} {last:%B}"


def _clock(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%a %d %b %H:%M %Z}"
