"""What the rules make of a trace: which incidents they tell, how soon, and what they tell that is none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from monitor.core.alerting.alerts import Rule
from monitor.core.alerting.notifications import Reason
from monitor.core.budgets import Budget, Severity
from monitor.core.plan import Plan, Watched
from monitor.core.replaying.replay import Moment, Timeline, replay
from monitor.core.windows import Window
from tests.traces.trace import NAME, SPEED, Incident, Trace

# What is told so soon after an incident is still of it.
AFTER = timedelta(hours=1)
NEWS = (Reason.FIRST, Reason.ESCALATED)


@dataclass(frozen=True, slots=True)
class Crossing:
    """A threshold that was passed in truth, whenever the provider showed it."""

    key: str
    severity: Severity
    shown: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of one trace; `first` is what first told of each incident of speed, as bad as it is."""

    trace: Trace
    missed: tuple[Incident, ...]
    first: tuple[tuple[Incident, Moment], ...]
    crossings: int
    crossings_told: int
    pages: int
    false_pages: tuple[Moment, ...]
    warnings: int
    false_warnings: int

    @property
    def speed(self) -> int:
        return sum(incident.rules == SPEED for incident in self.trace.incidents)

    @property
    def row(self) -> str:
        """Return the line of the table in README.md."""
        incidents = len(self.trace.incidents)
        cells = (
            f"`{self.trace.name}`",
            self.trace.about,
            str(self.trace.days),
            _of(incidents - len(self.missed), incidents),
            _of(self.crossings_told, self.crossings),
            str(self.pages),
            str(len(self.false_pages)),
            f"{self.warnings} ({self.false_warnings})",
        )
        return f"| {' | '.join(cells)} |"


HEAD = (
    "| trace | what it is | days | incidents told | thresholds told | pages | false pages | warnings (unneeded) |",
    "|---|---|---|---|---|---|---|---|",
)


def measured(trace: Trace) -> Result:
    """Return the figures of a trace."""
    timeline = replay(trace.looks(), plan_of(trace))
    news = [moment for moment in timeline.moments if moment.reason in NEWS]
    pages = [moment for moment in news if moment.severity >= Severity.CRITICAL]
    warnings = [moment for moment in news if moment.severity is Severity.WARNING]
    told = [(incident, _first(incident, news)) for incident in trace.incidents]
    crossings = list(passed(trace))
    return Result(
        trace=trace,
        missed=tuple(incident for incident, first in told if first is None),
        first=tuple((incident, first) for incident, first in told if first and incident.rules == SPEED),
        crossings=len(crossings),
        crossings_told=sum(_is_told(crossing, timeline, trace) for crossing in crossings),
        pages=len(pages),
        false_pages=tuple(moment for moment in pages if not _is_due(moment, trace)),
        warnings=len(warnings),
        false_warnings=sum(not _is_due(moment, trace) for moment in warnings),
    )


def totals(results: Sequence[Result]) -> str:
    """Return the sums of what is promised."""
    speed, told = sum(result.speed for result in results), sum(len(result.first) for result in results)
    passed, crossed = sum(one.crossings_told for one in results), sum(one.crossings for one in results)
    days, false = sum(one.trace.days for one in results), sum(len(one.false_pages) for one in results)
    return f"Speed: {told} of {speed}. Thresholds: {passed} of {crossed}. False pages: {false} in {days} days."


def plan_of(trace: Trace) -> Plan:
    return Plan({NAME: Watched(NAME, NAME, interval=trace.step)}, trace.budgets)


def passed(trace: Trace) -> Iterator[Crossing]:
    """Yield each threshold that the trace passes, counted without any code of the rules."""
    sums: dict[tuple[Budget, Window], Decimal] = {}
    for when, cost in trace.spent():
        for budget in trace.budgets:
            window = budget.period.window(when - timedelta(microseconds=1), UTC)
            before = sums.get((budget, window), Decimal(0))
            after = sums[budget, window] = before + cost
            for severity in (Severity.WARNING, Severity.CRITICAL, Severity.EMERGENCY):
                edge = budget.thresholds.share(severity) * budget.limit.amount
                if before < edge <= after and when + trace.lag <= trace.end:
                    yield Crossing(
                        f"threshold:{budget.name}:{window.start:%Y-%m-%dT%H:%MZ}", severity, when + trace.lag
                    )


def _is_told(crossing: Crossing, timeline: Timeline, trace: Trace) -> bool:
    """Tell whether somebody had heard of at least this within two polls, by the threshold or by a faster rule."""
    latest = crossing.shown + 2 * trace.step
    return any(
        moment.severity >= crossing.severity and moment.alert.about == f"budget:{crossing.key.split(':')[1]}"
        for moment in timeline.moments
        if crossing.shown - AFTER * 6 <= moment.at <= latest
    )


def _first(incident: Incident, news: list[Moment]) -> Moment | None:
    return next(
        (
            moment
            for moment in news
            if moment.alert.rule in incident.rules
            and moment.severity >= incident.severity
            and incident.start <= moment.at < incident.end
        ),
        None,
    )


def _is_due(moment: Moment, trace: Trace) -> bool:
    """Tell whether it is the truth about a limit, or about something that is wrong at that time."""
    if moment.alert.rule is Rule.THRESHOLD:
        return True
    return any(incident.start <= moment.at < incident.end + AFTER for incident in trace.incidents)


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole}" if whole else "none"
