"""Which chart goes with a message: a limit as it was used up, or the hours of an account that spends too fast."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.notifications import Notification
from monitor.core.budgets import Severity
from monitor.core.money import Money, percent
from monitor.core.picture import Line, Picture
from monitor.core.plan import Plan
from monitor.core.spending.chart import grown, running
from monitor.core.spending.trail import Trail
from monitor.core.state import State
from monitor.core.telling.alert_lines import is_over
from monitor.core.telling.phrases import clock, window_words
from monitor.core.windows import DAY, FOREVER, HOUR, Period, Window

HOURS = 24
OF_LIMIT = frozenset({Rule.THRESHOLD, Rule.QUOTA, Rule.FORECAST})
OF_SPEED = frozenset({Rule.BURN_RATE, Rule.SPIKE, Rule.RUNWAY})
# An hour is shown in twelfths, a day in hours, all else in days.
FINE = timedelta(minutes=5)


def picture_of(due: Sequence[Notification], state: State, plan: Plan, now: datetime) -> Picture | None:
    """Return the chart of the worst that is due; None where a chart says nothing, or nothing was watched."""
    worst = due[0]
    alert = worst.alert
    if is_over(worst) or alert.spend is None or alert.rule not in OF_LIMIT | OF_SPEED:
        return None
    trail, currency = _trail(alert, state, plan)
    if alert.rule in OF_LIMIT and alert.window not in (None, FOREVER):
        picture = _of_limit(alert, trail, plan.zone, now)
    else:
        picture = _of_hours(alert, trail, currency, plan.zone, now)
    return picture if picture is not None and any(picture.bars) else None


def _trail(alert: Alert, state: State, plan: Plan) -> tuple[Trail, str]:
    """Return how grew what the alert is about, and its currency: a budget's money, or all of an account's."""
    name = alert.about.removeprefix("budget:")
    for budget in plan.budgets:
        if alert.about != name and budget.name == name:
            group = plan.group(budget)
            tally = state.tallies.get(group.counted)
            return (tally.trail if tally is not None else Trail()), group.currency
    source = state.sources.get(alert.subject)
    return (Trail(), "USD") if source is None else (source.spend.trail, source.spend.currency)


def _of_limit(alert: Alert, trail: Trail, zone: tzinfo, now: datetime) -> Picture | None:
    facts, window = alert.spend, alert.window
    if facts is None or facts.spent is None or facts.limit is None or window is None:
        return None
    cells = tuple(_cells(window, zone))
    moment = min(now, window.end)
    steps = [
        Line(facts.limit.amount * share, percent(share), severity)
        for severity in (Severity.WARNING, Severity.CRITICAL, Severity.EMERGENCY)
        if (share := facts.thresholds.share(severity)) < 1
    ]
    whole = Line(facts.limit.amount, str(facts.limit), Severity.EMERGENCY)
    return Picture(
        title=alert.summary,
        caption=f"{facts.spent} of {facts.limit} spent, {window_words(window, zone)}",
        bars=running(trail, facts.spent, cells, moment),
        cells=len(cells),
        first=clock(window.start, zone),
        last=clock(window.end, zone),
        currency=facts.limit.currency,
        lines=(*steps, whole),
        mark=_mark(alert.since, cells, moment),
    )


def _of_hours(alert: Alert, trail: Trail, currency: str, zone: tzinfo, now: datetime) -> Picture:
    cells = tuple(Period.HOUR.window(now - HOUR * back, zone) for back in range(HOURS - 1, -1, -1))
    bars = grown(trail, cells, now)
    known = [bar for bar in bars if bar is not None]
    most = f", up to {Money(max(known), currency)}" if known else ""
    return Picture(
        title=alert.summary,
        caption=f"spent in each hour of the last {HOURS}{most}",
        bars=bars,
        cells=len(cells),
        first=clock(cells[0].start, zone),
        last=clock(now, zone),
        currency=currency,
        mark=_mark(alert.since, cells, now),
    )


def _cells(window: Window, zone: tzinfo) -> Iterator[Window]:
    """Yield the parts of a window that are a bar each."""
    if window.length > DAY + HOUR:  # A day has 25 hours once a year.
        day = Period.DAY.window(window.start, zone)
        while day.start < window.end:
            yield day
            day = Period.DAY.window(day.end, zone)
        return
    size = HOUR if window.length > HOUR else FINE
    edges = [window.start + size * number for number in range(window.length // size + 1)]
    yield from (Window(start, end) for start, end in pairwise(edges))


def _mark(since: datetime, cells: Sequence[Window], now: datetime) -> int | None:
    return next((index for index, cell in enumerate(cells) if since in cell and cell.start <= now), None)
