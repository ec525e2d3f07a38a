"""A timeline of what would have been told, and of what other settings would have done, in words."""

from collections.abc import Sequence
from decimal import Decimal

from monitor.core.alerting.measured import budget_words
from monitor.core.alerting.notifications import Reason
from monitor.core.money import Money, percent
from monitor.core.plan import Plan
from monitor.core.replaying.replay import Moment, Timeline
from monitor.core.telling.phrases import clock, lasted
from monitor.core.windows import span_words
from monitor.daemon.past_columns import Read
from monitor.daemon.terminal import table

# A name for what the plan changes, and what came of it.
Told = tuple[str, Timeline]


def story(read: Read, plan: Plan, timeline: Timeline) -> str:
    """Return what was read, against what it was judged, and what would have been told."""
    looks, zone = read.past.looks, plan.zone
    names = ", ".join(f"{watched.name} every {span_words(watched.interval)}" for watched in read.past.watched)
    spent = Money(spent_in(timeline), read.currency)
    lines = [
        f"{spent} from {clock(looks[0].at, zone)} to {clock(looks[-1].at, zone)}: {len(looks):,} looks at {names}."
    ]
    lines += [*read.notes, *_budgets(plan, read.currency)]
    lines += ["", *(_timeline(timeline, plan) if timeline.moments else ["Nothing would have been told."])]
    return "\n".join(lines)


def _timeline(timeline: Timeline, plan: Plan) -> list[str]:
    """Return a row for each alert that was told; what was only said again is counted."""
    rows: list[tuple[str, ...]] = []
    reminders = [moment for moment in timeline.moments if moment.reason is Reason.REMINDER]
    for moment in timeline.moments:
        if moment.reason is Reason.REMINDER:
            continue
        label = "RESOLVED" if not moment.severity else moment.severity.name
        told = f"[{label}] {moment.alert.summary}"
        rows.append((clock(moment.at, plan.zone), told, _money(moment.spent), _rise(moment)))
    lines = table(("WHEN", "TOLD", "SPENT", "SINCE IT ROSE"), rows).splitlines()
    every = span_words(plan.remind_every)
    counted = f"{len(reminders)} {'reminder' if len(reminders) == 1 else 'reminders'}"
    return [*lines, f"And {counted} of what went on, one every {every}."] if reminders else lines


def comparison(told: Sequence[Told], plan: Plan) -> str:
    """Return what each of the plans would have told, side by side."""
    rows = []
    for name, timeline in told:
        first = timeline.first
        when = clock(first.at, plan.zone) if first else "never"
        rise = _rise(first) if first else ""
        rows.append(
            (name, str(timeline.messages), str(timeline.pages), when, _money(first.spent if first else None), rise)
        )
    return table(("WITH", "MESSAGES", "PAGES", "FIRST", "SPENT", "SINCE IT ROSE"), rows)


def _rise(moment: Moment) -> str:
    if moment.rose_since is None:
        return ""
    return f"{moment.rose_by} in {lasted(moment.at - moment.rose_since)}"


def _money(amount: Money | None) -> str:
    return str(amount) if amount else ""


def spent_in(timeline: Timeline) -> Decimal:
    sources = timeline.state.sources.values()
    return sum((source.spend.trail.last_level for source in sources), Decimal(0))


def _budgets(plan: Plan, currency: str) -> list[str]:
    lines = []
    for budget in plan.budgets:
        steps = budget.thresholds
        shares = ", ".join(percent(share) for share in (steps.warning, steps.critical, steps.emergency))
        counted = "" if budget.limit.currency == currency else f"; it counts nothing of what is in {currency}"
        lines.append(f"Against {budget_words(budget)} of {budget.limit}, told at {shares}{counted}.")
    return lines or ["Against no budget (--budget sets one): only what needs none is judged."]
