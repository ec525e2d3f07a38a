"""The sections of a digest on the watching itself: what has fired, and how well each source could be read."""

import re
from datetime import datetime, tzinfo
from decimal import Decimal

from monitor.core.alerting.alerts import Alert
from monitor.core.alerting.episodes import Episode
from monitor.core.alerting.muting import unexplained
from monitor.core.spending.health import Fault
from monitor.core.spending.source import SourceState
from monitor.core.state import State
from monitor.core.telling.digest_figures import cost_of, good_polls, is_whole, read_until
from monitor.core.telling.digest_sections import LONGEST_LINE, section
from monitor.core.telling.phrases import clock, cut, lasted
from monitor.core.windows import Window

FAULTS = {
    Fault.UNAVAILABLE: "it does not answer",
    Fault.REFUSED: "the key is refused",
    Fault.DRIFTED: "its answers are not understood",
    Fault.BUG: "a bug in spend-monitor, see the log",
}
_WINDOW_OF_KEY = re.compile(r":[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]+Z$")


def alerts(state: State, window: Window, zone: tzinfo, now: datetime) -> list[str]:
    """Return what has fired within the days, and what fires now, the worst first; of one kind the worst."""
    firing = {(a.key, a.since): a for a in state.alerts.values() if a.firing and not _is_past(a, now)}
    audible = unexplained(state.alerts, now)
    began = [episode for episode in state.episodes if episode.since in window]
    kinds: dict[str, list[Episode]] = {}
    for (key, since), alert in firing.items():
        if key in audible:
            kinds.setdefault(_kind(key), []).append(Episode(key, since, alert.severity, alert.summary))
    for past in began:
        if (past.key, past.since) not in firing:
            kinds.setdefault(_kind(past.key), []).append(past)
    if not kinds:
        return ["Alerts: none."]
    worst = [(max(times, key=lambda time: (time.severity, time.since)), len(times)) for times in kinds.values()]
    worst.sort(key=lambda item: (-item[0].severity, (item[0].key, item[0].since) not in firing, item[0].since))
    lines = [_episode(time, count, zone, fires=(time.key, time.since) in firing) for time, count in worst]
    still = sum(key in audible for key, _ in firing)
    return section(f"Alerts: {len(began):,} fired, {still or 'none'} still firing.", lines)


def health(state: State, window: Window, zone: tzinfo, now: datetime) -> list[str]:
    """Return how well each source could be read, the worst first."""
    lines = sorted(_source(name, source, window, zone, now) for name, source in state.sources.items())
    told = section("Sources:", [line for _, line in lines])
    if state.saving.failing_since is not None:
        told.append(f"The state folder cannot be written since {clock(state.saving.failing_since, zone)}.")
    failing = [channel for channel in state.channels.values() if channel.failing_since is not None]
    return told + section(
        "Channels that fail:",
        [f"{c.name}, since {clock(c.failing_since, zone)}: {c.error}" for c in failing if c.failing_since],
    )


def _is_past(alert: Alert, now: datetime) -> bool:
    return alert.window is not None and alert.window.end <= now


def _kind(key: str) -> str:
    """Return the key of an alert without its window: a daily budget that was passed each day is one matter."""
    return _WINDOW_OF_KEY.sub("", key)


def _episode(time: Episode, count: int, zone: tzinfo, *, fires: bool) -> str:
    if fires:
        ended = "still firing"
    else:
        ended = f"for {lasted(time.ended - time.since)}" if time.ended else "until its window ended"
    times = f" ({count:,} times)" if count > 1 else ""
    return f"[{time.severity.name}] {cut(time.summary, LONGEST_LINE)}, {clock(time.since, zone)}, {ended}{times}"


def _source(
    name: str, source: SourceState, window: Window, zone: tzinfo, now: datetime
) -> tuple[tuple[int, Decimal, str], str]:
    """Return where a source stands in the order, and its line."""
    cost, until = cost_of(source, window, now), read_until(source, window)
    last, zero = source.health.last_success, Decimal(0)
    seen = f"last good reading {clock(last, zone)}" if last else "no good reading yet"
    trouble = f": {FAULTS[source.health.fault]}" if source.health.fault else ""
    if until is None:
        return (0, zero, name), f"{name}: unknown, {seen}{trouble}"
    if not is_whole(source, window, now):
        known = f"{cost} until {clock(until, zone)}, unknown since" if cost is not None else "unknown"
        return (1, zero, name), f"{name}: {known}{trouble}"
    polls = good_polls(source, window)
    state = f"{polls:,} good polls, {seen}{trouble}"
    if cost is None:
        return (2, zero, name), f"{name}: unknown, as no figure covers these days; {state}"
    verified = ", verified: " if polls and not cost.amount else "; "
    return (3 if trouble else 4, -cost.amount, name), f"{name}: {cost}{verified}{state}"
