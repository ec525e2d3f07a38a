"""The digest: what was spent, against what, what moved, and how the watching itself goes."""

from datetime import datetime

from monitor.core.alerting.alerts import Alert, Rule, Stage
from monitor.core.alerting.notifications import DIGEST_KEY, Notification, Reason
from monitor.core.budgets import Severity
from monitor.core.channels import Channel, Message, Tone
from monitor.core.money import percent
from monitor.core.plan import Plan, Watched
from monitor.core.spending.source import SourceState
from monitor.core.state import State
from monitor.core.telling.digest_figures import growth_until_end, purses, total_of
from monitor.core.telling.digest_health import alerts, health
from monitor.core.telling.digest_sections import balances, budgets, moved, rough, unpriced
from monitor.core.telling.phrases import MOST_CHARACTERS, clock, cut, window_words
from monitor.core.windows import Period, Window


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
    spent = (
        f"{window_words(window, zone)}: {_totals(state, plan, window, now)}{_change(state, plan, window, before, now)}."
    )
    this_month = f"{_totals(state, plan, month, now)} this month{_on_pace(state, plan, month, now)}"
    is_month = window == Period.MONTH.window(window.start, zone)
    title = spent.removesuffix(".") if is_month else this_month
    sections = (
        [spent, f"As of {clock(now, zone)}: {this_month}."],
        budgets(state, plan, window, now),
        moved(state, plan, window, before, now),
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


def _totals(state: State, plan: Plan, window: Window, now: datetime) -> str:
    totals = [total_of(group, state.sources, window, now) for group in purses(plan)]
    known = [str(total) for total in totals if total.cost is not None]
    return " and ".join(known) if known else "spend unknown"


def _change(state: State, plan: Plan, window: Window, before: Window, now: datetime) -> str:
    """Return how much more or less that is, where it is one currency and all of both was watched."""
    groups = purses(plan)
    if len(groups) != 1:
        return ""
    since = [state.sources[name].spend.since for name in groups[0].sources]
    if any(first is None or first > before.start for first in since):
        return ""
    total, former = (total_of(groups[0], state.sources, days, now) for days in (window, before))
    if total.cost is None or former.cost is None or total.partly or former.partly:
        return ""
    by = total.cost.amount - former.cost.amount
    if not by:
        return ", as much as before"
    share = f"{percent(abs(by) / former.cost.amount)} " if former.cost.amount else ""
    return f", {share}{'more' if by > 0 else 'less'} than {former.cost} before"


def _on_pace(state: State, plan: Plan, month: Window, now: datetime) -> str:
    expected = []
    for group in purses(plan):
        total = total_of(group, state.sources, month, now)
        growth = growth_until_end(group, state.sources, month, now)
        if total.cost is not None and growth is not None:
            expected.append(rough(total, growth))
    return f", on pace for {' and '.join(expected)}" if expected else ""
