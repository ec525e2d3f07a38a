"""Whether a limit lasts until its window ends, at the pace of this week and the shape of the weeks before."""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from monitor.core.alerting.alerts import Alert, Rule
from monitor.core.alerting.life import Finding
from monitor.core.alerting.measured import Measured
from monitor.core.budgets import Severity
from monitor.core.spending.source import SourceState
from monitor.core.spending.trail import Trail
from monitor.core.telling.phrases import doubt_words
from monitor.core.tuning import Forecast
from monitor.core.windows import DAY, FOREVER, HOUR, WEEK, Window, share, span_words

# Nobody needs a forecast in the minute of the installation.
WATCHED = HOUR
# Less than a week may be all working days, or all weekend: then the limit must be passed by this to be worth a word.
MARGIN = Decimal("1.25")
# A forecast that falls just short is still one.
LINGERS_AT = Decimal("0.95")


def forecast(
    measured: Measured,
    tuning: Forecast,
    sources: Mapping[str, SourceState],
    known: Mapping[str, Alert],
    zone: tzinfo,
    now: datetime,
) -> Finding | None:
    """Return whether the limit is reached before its window ends, and when."""
    window = measured.window
    if window == FOREVER or not measured.current or share(now - window.start, window.length) < tuning.after:
        return None
    if not measured.trail.covers(now - WATCHED):
        return None
    pace = pace_of(measured, now)
    expected = measured.spent.amount + pace.until(window.end)
    key = measured.key(Rule.FORECAST)
    spent_up = measured.spent.amount >= measured.limit.amount
    if key not in known and (spent_up or expected < measured.limit.amount * pace.margin):
        return None  # What is spent up is no forecast any more; the thresholds speak of it.
    reached = spent_up or expected >= measured.limit.amount * pace.margin
    severity = Severity.WARNING if reached else Severity.OK
    facts = measured.facts(severity, sources, known.get(key), now)
    if spent_up:
        summary = f"{measured.subject}: {measured.what} is used up, as was forecast"
    elif reached:
        end = pace.reaches(measured.limit.amount - measured.spent.amount, window.end).astimezone(zone)
        doubt = doubt_words(facts.guess, measured.spent.amount)
        summary = f"{measured.subject}: at this pace {measured.what} is used up on {end:%a %d %b, %H:%M %Z}{doubt}"
    else:
        summary = f"{measured.subject}: at this pace {measured.what} lasts"
    basis = f"The forecast follows the last {pace.basis}."
    alert = Alert(
        key=key,
        rule=Rule.FORECAST,
        subject=measured.subject,
        severity=severity,
        summary=summary,
        since=now,
        window=window,
        spend=facts,
        advice=tuple(filter(None, (basis, facts.saving))) if reached and not spent_up else (),
        about=f"budget:{measured.about}",
    )
    lingers = expected >= measured.limit.amount * LINGERS_AT
    return Finding(alert, lingers=lingers, needed=2, of=3)


class Pace:
    """What is expected to be spent from `now` on; `basis` says what it is drawn from."""

    def __init__(self, now: datetime, per_hour: Decimal, basis: str, margin: Decimal = Decimal(1)) -> None:
        self.now, self.per_hour, self.basis, self.margin = now, per_hour, basis, margin

    def until(self, moment: datetime) -> Decimal:
        return self.per_hour * share(moment - self.now, HOUR)

    def reaches(self, amount: Decimal, latest: datetime) -> datetime:
        """Return when `amount` more will have been spent, at `latest` if not before."""
        if self.until(latest) <= amount:
            return latest
        return self.now + HOUR * float(amount / self.per_hour)


class WeeklyPace(Pace):
    """Repeats the mean of the last whole weeks, hour by hour."""

    def __init__(self, now: datetime, trail: Trail, weeks: int) -> None:
        self._trail, self._weeks = trail, weeks
        super().__init__(now, Decimal(0), f"{weeks} weeks, hour by hour")
        self._week = self._after(WEEK)

    def until(self, moment: datetime) -> Decimal:
        weeks, rest = divmod(moment - self.now, WEEK)
        return self._week * weeks + self._after(rest)

    def reaches(self, amount: Decimal, latest: datetime) -> datetime:
        if self.until(latest) <= amount:
            return latest
        weeks = int(amount / self._week) if self._week else 0
        low, high = self.now + WEEK * weeks, min(self.now + WEEK * (weeks + 1), latest)
        while high - low > timedelta(minutes=5):
            middle = low + (high - low) / 2
            low, high = (middle, high) if self.until(middle) < amount else (low, middle)
        return high

    def _after(self, span: timedelta) -> Decimal:
        """Return what was spent, in the mean of the weeks, in the `span` after this hour of the week."""
        starts = [self.now - WEEK * number for number in range(1, self._weeks + 1)]
        return sum((self._trail.between(start, start + span) for start in starts), Decimal(0)) / self._weeks


def pace_of(measured: Measured, now: datetime) -> Pace:
    """Return the pace that the limit is likely spent at."""
    return likely_pace(measured.trail, measured.window, measured.spent.amount, now)


def likely_pace(trail: Trail, window: Window, spent: Decimal, now: datetime) -> Pace:
    """Return the pace of what is left of `window`: by the hour of the week once two weeks were watched."""
    if window.length > DAY and (weeks := trail.weeks(now)):
        return WeeklyPace(now, trail, weeks)
    enough = min(WEEK, window.length / 4)
    watched = min(enough, now - trail.marks[0][0]) if trail.marks else timedelta(0)
    margin = Decimal(1) if window.length <= DAY or watched >= WEEK else MARGIN
    if watched >= min(DAY, enough):
        return Pace(now, trail.between(now - watched, now) / share(watched, HOUR), span_words(watched), margin)
    elapsed = now - window.start
    return Pace(now, spent / share(elapsed, HOUR), "days of this window", margin)
