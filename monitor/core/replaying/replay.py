"""The past through the rules, with a clock of its own: what would have been told when, and at what cost."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Self

from monitor.core.alerting.alerts import Alert
from monitor.core.alerting.evaluate import evaluate
from monitor.core.alerting.muting import audible
from monitor.core.alerting.notifications import Notification, Reason, decide
from monitor.core.budgets import Severity
from monitor.core.channels import Channel
from monitor.core.errors import SourceError
from monitor.core.money import Money
from monitor.core.plan import Plan
from monitor.core.rules.cause import began
from monitor.core.rules.spike import span_of
from monitor.core.rules.usual import usual
from monitor.core.spending.readings import Observation
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.spending.trail import Trail, merged
from monitor.core.state import State

# Someone who hears everything at once.
EARS = Channel("replay")
# From so many times the usual on, money is on the rise.
RISES_AT = 2
# Whoever has no usual yet is measured by so many spans before.
SPANS_BEFORE = 24


@dataclass(frozen=True, slots=True)
class Look:
    """What one poll of a source brought home at `at`, or how it failed."""

    source: str
    at: datetime
    seen: Observation | SourceError


@dataclass(frozen=True, slots=True)
class Moment:
    """One alert that was told at `at`; those told at the same time are one message.

    `spent` is what was spent in the alert's own window by then. `rose_since` is when the source's spend left the usual
    and `rose_by` what was spent from then on; None where it is as usual. Of an end they are the alert's own time.
    """

    at: datetime
    reason: Reason
    alert: Alert
    spent: Money | None
    rose_since: datetime | None = None
    rose_by: Money | None = None

    @property
    def severity(self) -> Severity:
        return Severity.OK if self.reason is Reason.RESOLVED else self.alert.severity


@dataclass(frozen=True, slots=True)
class Timeline:
    """What was told, in order of time, and the state that all of it left behind."""

    moments: tuple[Moment, ...]
    state: State

    @property
    def messages(self) -> int:
        return len({moment.at for moment in self.moments})

    @property
    def pages(self) -> int:
        """Return how many messages would have got somebody out of bed: critical, or worse."""
        return len({moment.at for moment in self.moments if moment.severity >= Severity.CRITICAL})

    @property
    def first(self) -> Moment | None:
        return self.moments[0] if self.moments else None


def replay(looks: Iterable[Look], plan: Plan) -> Timeline:
    """Return what `plan` would have told of the looks, which come in order of time."""
    (timeline,) = replays(looks, (plan,))
    return timeline


def replays(looks: Iterable[Look], plans: Iterable[Plan]) -> tuple[Timeline, ...]:
    """Return one timeline for each plan; all of them have the same sources, whose looks are recorded only once."""
    runs = [_Run.of(plan) for plan in plans]
    sources = dict(runs[0].state.sources) if runs else {}
    for look in looks:
        sources = {**sources, look.source: sources[look.source].after(look.seen, look.at)}
        runs = [run.after(sources, look) for run in runs]
    return tuple(Timeline(tuple(run.moments), run.state) for run in runs)


@dataclass(frozen=True, slots=True)
class _Run:
    """One plan on its way through the past; `moments` grows."""

    plan: Plan
    state: State
    moments: list[Moment]

    @classmethod
    def of(cls, plan: Plan) -> Self:
        sources = {name: SourceState(Spend(watched.currency)) for name, watched in plan.sources.items()}
        return cls(replace(plan, channels=(EARS,)), State(sources), [])

    def after(self, sources: Mapping[str, SourceState], look: Look) -> Self:
        state = evaluate(replace(self.state, sources=sources), self.plan, look.source, look.at)
        heard = audible(state.alerts, state.silences, look.at) if state.alerts else {}
        due = decide(heard, state.log, EARS, self.plan.remind_every, look.at) if heard else ()
        if due:
            self.moments.extend(_moments(due, self.plan, look, state))
            state = replace(state, log=state.log.told(due, look.at))
        return replace(self, state=state)


def _moments(due: Iterable[Notification], plan: Plan, look: Look, state: State) -> Iterator[Moment]:
    watched = plan.sources[look.source]
    spends = [source.spend for source in state.sources.values() if source.spend.currency == watched.currency]
    trail = merged([spend.trail for spend in spends])
    rise = _rise(trail, span_of(watched), plan.zone, look.at)
    for note in due:
        since = note.alert.since if note.reason is Reason.RESOLVED else rise
        by = None if since is None else Money(trail.between(since, look.at), watched.currency)
        spent = note.alert.spend.spent if note.alert.spend else None
        yield Moment(look.at, note.reason, note.alert, spent, since, by)


def _rise(trail: Trail, span: timedelta, zone: tzinfo, now: datetime) -> datetime | None:
    """Return since when more is spent than usual, if it is clearly more."""
    known = usual(trail, span, zone, now)
    grown = trail.between(now - span, now)
    before = known.amount if known else trail.between(now - span * (SPANS_BEFORE + 1), now - span) / SPANS_BEFORE
    return began(trail, before, grown, span, now) if grown > max(before * RISES_AT, Decimal(0)) else None
