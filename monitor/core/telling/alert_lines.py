"""One alert in words: how much of what, how fast, the cause, what to do now."""

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

from monitor.core.alerting.alerts import Alert, Rule, SpendFacts
from monitor.core.alerting.notifications import Notification, Reason
from monitor.core.budgets import Severity
from monitor.core.money import percent
from monitor.core.telling.phrases import clock, lasted, window_words

ADVICE = {
    Severity.WARNING: "Watch the cost closely; move work that can wait to a cheaper model.",
    Severity.CRITICAL: "Check the running scripts now, and put strict rate limits on them.",
    Severity.EMERGENCY: "Stop all automatic requests now, then look for the script that loops.",
}


def is_over(note: Notification) -> bool:
    """Tell whether it speaks of something past: an end, or what came and went in the quiet hours."""
    return note.reason in (Reason.RESOLVED, Reason.HELD)


def label(note: Notification) -> str:
    return "[RESOLVED]" if is_over(note) else f"[{note.alert.severity.name}]"


def all_lines(note: Notification, zone: tzinfo, now: datetime) -> Iterator[str]:
    """Yield what is known, the most important first: of an end how long it lasted, of a speed how fast it is."""
    alert = note.alert
    if is_over(note):
        yield _over(alert, zone, now)
    if note.reason is Reason.HELD:
        yield "Held back in the quiet hours, and over by now."
    if alert.rule is Rule.BURN_RATE:
        yield from alert.advice
    if alert.spend is not None:
        yield from _spend_lines(alert, alert.spend, zone, now)
    if alert.rule is not Rule.BURN_RATE:
        yield from alert.advice
    if is_over(note):
        return
    if note.reason is Reason.REMINDER:
        yield f"Reminder: this has been so since {clock(alert.since, zone)}."
    yield from _acknowledged_lines(note, zone)
    if alert.spend is not None:
        yield from _steps(note)
        yield ADVICE[alert.severity]


def _steps(note: Notification) -> Iterator[str]:
    """Yield the thresholds of a limit that were passed in one go."""
    facts = note.alert.spend
    if note.alert.rule not in (Rule.THRESHOLD, Rule.QUOTA) or facts is None or facts.ratio is None:
        return
    steps = [level.name for level in Severity if note.before < level <= note.alert.severity]
    if len(steps) > 1:
        yield f"Crossed at once: {', '.join(steps)}."


def _over(alert: Alert, zone: tzinfo, now: datetime) -> str:
    """Return how long it lasted, and what was spent meanwhile of the limit that it is about."""
    ended = alert.ended or now
    times = f"It lasted {lasted(ended - alert.since)}, from {clock(alert.since, zone)} to {clock(ended, zone)}"
    if ended < alert.since:
        times = f"It ended {clock(ended, zone)}, by a clock that was set back meanwhile"
    before, after = alert.began_at, alert.spend.spent if alert.spend else None
    if before is None or after is None or before.currency != after.currency:
        return f"{times}."
    if after.amount < before.amount:  # The provider has corrected itself.
        return f"{times}; the figure was {before} when it began."
    return f"{times}; {after - before} was spent meanwhile."


def _acknowledged_lines(note: Notification, zone: tzinfo) -> Iterator[str]:
    known = note.alert.acknowledged
    if known is None or known.ended is None:
        return
    if note.alert.severity > known.severity:
        then = f"it was {known.severity.name} then and is worse now"
    elif note.alert.risen_at == known.ended:
        then = "there is more to it now"
    else:
        then = "that has ended, and it goes on"
    yield f"Acknowledged by {known.by}, {clock(known.at, zone)}: {then}."


def _spend_lines(alert: Alert, facts: SpendFacts, zone: tzinfo, now: datetime) -> list[str]:
    much, fast, cause = [], [], []
    if facts.spent is not None and facts.limit is not None and facts.ratio is not None:
        span = f", {window_words(alert.window, zone)}" if alert.window else ""
        seen = f", as of {clock(facts.as_of, zone)}" if facts.as_of else ""
        known = f", known from {clock(facts.known_from, zone)} on" if facts.known_from else ""
        much.append(f"{facts.spent} of {facts.limit} ({percent(facts.ratio)}) of {facts.what}{span}{seen}{known}.")
    elif facts.as_of:
        much.append(f"As of {clock(facts.as_of, zone)}; the provider gave no figures.")
    if facts.pace is not None and facts.pace.amount > 0:
        fast.append(f"Pace of the last quarter of an hour: {facts.pace} an hour{_end_words(alert, facts, zone, now)}.")
    if facts.models:
        cause.append("Spent on: " + ", ".join(f"{model} {cost}" for model, cost in facts.models) + ".")
    if facts.note:
        cause.append(facts.note)
    return [*fast, *much, *cause] if alert.rule is Rule.BURN_RATE else [*much, *fast, *cause]


def _end_words(alert: Alert, facts: SpendFacts, zone: tzinfo, now: datetime) -> str:
    """Return when the limit is reached at this pace, if that is inside the window.

    A forecast has said so already, from more than the last minutes.
    """
    if alert.rule is Rule.FORECAST or facts.limit is None or facts.spent is None or facts.pace is None:
        return ""
    if facts.spent.amount >= facts.limit.amount:
        return ""
    hours = float((facts.limit - facts.spent) / facts.pace)
    if hours > 24 * 366:
        return ""
    end = now + timedelta(hours=hours)
    if alert.window is not None and end >= alert.window.end:
        return "; the limit holds until the window ends"
    return f"; the limit is reached {clock(end, zone)}"
