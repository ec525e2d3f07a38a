"""Which chart goes with a message: a limit as it was used up, or the hours of an account that spends too fast."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import pairwise

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.notifications import Notification
from monitor.core.budgets import Severity
from monitor.core.money import Money, percent
from monitor.core.picture import Line, Picture
from monitor.core.plan import Plan
from monitor.core.spending.chart import grown, running
from monitor.core.state import State
from monitor.core.telling.alert_lines import is_over
from monitor.core.telling.alert_money import AlertMoney, alert_money
from monitor.core.telling.phrases import clock, window_words
from monitor.core.windows import DAY, FOREVER, HOUR, Period, Window

HOURS = 24
OF_LIMIT = frozenset({Rule.THRESHOLD, Rule.QUOTA, Rule.FORECAST})
OF_SPEED = frozenset({Rule.BURN_RATE, Rule.SPIKE, Rule.RUNWAY})
# An hour is shown in twelfths, a day in hours, all else in days.
FINE = timedelta(minutes=5)


def picture_of(due: Sequence[Notification], state: State, plan: Plan, now: datetime) -> Picture | None:
    """Return the chart of the worst that is due; None where a chart says nothing, or nothing is known."""
    worst = due[0]
    alert = worst.alert
    if is_over(worst) or alert.spend is None or alert.rule not in OF_LIMIT | OF_SPEED:
        return None
    money = alert_money(alert, state, plan)
    if alert.rule in OF_LIMIT and alert.window not in (None, FOREVER):
        picture = _of_limit(alert, money, plan.zone, now)
    else:
        picture = _of_hours(alert, money, plan.zone, now)
    return picture if picture is not None and any(picture.bars) else None


def _of_limit(alert: Alert, money: AlertMoney, zone: tzinfo, now: datetime) -> Picture | None:
    facts, window = alert.spend, alert.window
    if facts is None or facts.spent is None or facts.limit is None or window is None:
        return None
    cells = tuple(_cells(window, zone))
    moment = min(now, window.end)
    watched = running(money.trail, facts.spent, cells, moment)
    told = _told(money, cells[: watched.count(None)], moment)
    steps = [
        Line(facts.limit.amount * share, percent(share), severity)
        for severity in (Severity.WARNING, Severity.CRITICAL, Severity.EMERGENCY)
        if (share := facts.thresholds.share(severity)) < 1
    ]
    whole = Line(facts.limit.amount, str(facts.limit), Severity.EMERGENCY)
    return Picture(
        title=alert.summary,
        caption=f"{facts.spent} of {facts.limit} spent, {window_words(window, zone)}",
        bars=(*told, *watched[len(told) :]),
        cells=len(cells),
        first=clock(window.start, zone),
        last=clock(window.end, zone),
        currency=facts.limit.currency,
        lines=(*steps, whole),
        mark=_mark(alert.since, cells, moment),
    )


def _told(money: AlertMoney, cells: Sequence[Window], now: datetime) -> tuple[Decimal | None, ...]:
    """Return what had been spent by the end of each cell before the watch, unknown from the first unknown cell on."""
    total: Decimal | None = Decimal(0)
    sums = []
    for cell in cells:
        cost = money.cost(cell, now) if total is not None else None
        total = None if total is None or cost is None else total + cost
        sums.append(total)
    return tuple(sums)


def _of_hours(alert: Alert, money: AlertMoney, zone: tzinfo, now: datetime) -> Picture:
    cells = tuple(Period.HOUR.window(now - HOUR * back, zone) for back in range(HOURS - 1, -1, -1))
    bars = grown(money.trail, cells, now)
    known = [bar for bar in bars if bar is not None]
    most = f", up to {Money(max(known), money.currency)}" if known else ""
    return Picture(
        title=alert.summary,
        caption=f"spent in each hour of the last {HOURS}{most}",
        bars=bars,
        cells=len(cells),
        first=clock(cells[0].start, zone),
        last=clock(now, zone),
        currency=money.currency,
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
