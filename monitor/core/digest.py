"""The digest: what was spent, against what, what moved, and how the watching itself goes."""

from collections.abc import Iterator
from datetime import datetime

from monitor.core.alerts import Alert, Rule, Stage
from monitor.core.budgets import Severity
from monitor.core.channels import Channel, Message, Tone
from monitor.core.digest_figures import Total, growth_until_end, total_of
from monitor.core.digest_health import alerts, health
from monitor.core.digest_sections import balances, budgets, moved, rough, unpriced
from monitor.core.money import percent
from monitor.core.notifications import DIGEST_KEY, Notification, Reason
from monitor.core.phrases import clock, cut, window_words
from monitor.core.plan import Plan, Watched
from monitor.core.source import SourceState
from monitor.core.state import State
from monitor.core.windows import Period, Window

# As much as any message; see there.
MOST_CHARACTERS = 3_500


def digest_due(channel: Channel, state: State, plan: Plan, now: datetime) -> tuple[Notification, ...]:
    """Return the digest that `channel` is to be sent now, as a notification of an alert that never fires.

    So it goes the way of any message: in order, tried again, and logged once it was accepted. Of several that were
    missed only the last is due. The first is about days of which all were watched. After a gap, as at a start, it waits
    for the sources that are about to be read.
    """
    if plan.digest is None or not channel.digest:
        return ()
    window = plan.digest.window(now, plan.zone)
    since = min((source.spend.since for source in state.sources.values() if source.spend.since), default=None)
    key = f"{DIGEST_KEY}{window.start:%Y-%m-%dT%H:%MZ}"
    if since is None or since > window.start or state.log.last(channel.name, key) is not None:
        return ()
    if any(_is_behind(source, plan.sources[name], window, now) for name, source in state.sources.items()):
        return ()
    summary = f"the digest of {window_words(window, plan.zone)}"
    about = Alert(key, Rule.DIGEST, "digest", Severity.OK, summary, window.start, window, stage=Stage.RESOLVED)
    return (Notification(channel.name, about, Reason.DIGEST),)


def digest(window: Window, state: State, plan: Plan, now: datetime) -> Message:
    """Return the digest of `window`."""
    zone = plan.zone
    before = plan.digest.before(window, zone) if plan.digest else Window(window.start - window.length, window.start)
    month = Period.MONTH.window(now, zone)
    spent = f"{window_words(window, zone)}: {_totals(state, window, now)}{_change(state, window, before, now)}."
    this_month = f"{_totals(state, month, now)} this month{_on_pace(state, month, now)}"
    is_month = window == Period.MONTH.window(window.start, zone)
    title = spent.removesuffix(".") if is_month else this_month
    sections = (
        [spent, f"As of {clock(now, zone)}: {this_month}."],
        budgets(state, plan, window, now),
        moved(state, window, before, zone, now),
        balances(state, now),
        unpriced(state, window),
        alerts(state, window, zone, now),
        health(state, window, zone, now),
    )
    body = "\n\n".join("\n".join(lines) for lines in sections if lines)
    return Message(f"[DIGEST] {cut(title, 160)}", cut(body, MOST_CHARACTERS), Tone.INFO)


def _is_behind(source: SourceState, watched: Watched, window: Window, now: datetime) -> bool:
    """Tell whether a source was not tried since the window ended, and will be any moment: its poll is overdue."""
    last = source.health.last_attempt
    if last is None:
        return True
    return source.health.fault is None and last < window.end and now - last > watched.interval


def _by_currency(state: State) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for name, source in state.sources.items():
        names.setdefault(source.spend.currency, []).append(name)
    return names


def _each_total(state: State, window: Window, now: datetime) -> Iterator[Total]:
    for names in _by_currency(state).values():
        yield total_of(names, state.sources, window, now)


def _totals(state: State, window: Window, now: datetime) -> str:
    totals = list(_each_total(state, window, now))
    known = [str(total) for total in totals if total.cost is not None]
    return " and ".join(known) if known else "spend unknown"


def _change(state: State, window: Window, before: Window, now: datetime) -> str:
    """Return how much more or less that is, where all of both was watched."""
    totals, former = list(_each_total(state, window, now)), list(_each_total(state, before, now))
    since = [source.spend.since for source in state.sources.values()]
    if len(totals) != 1 or totals[0].partly or former[0].partly:
        return ""
    cost, was = totals[0].cost, former[0].cost
    if cost is None or was is None or any(first is None or first > before.start for first in since):
        return ""
    if cost == was:
        return ", as much as before"
    more = cost.amount > was.amount
    by = f"{percent(abs(cost.amount - was.amount) / was.amount)} " if was.amount else ""
    return f", {by}{'more' if more else 'less'} than {was} before"


def _on_pace(state: State, month: Window, now: datetime) -> str:
    expected = []
    for names in _by_currency(state).values():
        total = total_of(names, state.sources, month, now)
        growth = growth_until_end(names, state.sources, month, now)
        if total.cost is not None and growth is not None:
            expected.append(rough(total, growth))
    return f", on pace for {' and '.join(expected)}" if expected else ""
