"""Each account: what it costs now, what it did lately, and how much its figures can be trusted."""

from datetime import timedelta

from monitor.core.budgets import Budget
from monitor.core.money import Money
from monitor.core.rules.runway import lasts_for
from monitor.core.spending.coverage import known_from
from monitor.core.spending.readings import WHOLE
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.telling.phrases import clock
from monitor.core.windows import DAY, FOREVER, HOUR, Period, Window, share, span_words
from monitor.daemon.document import WELL
from monitor.daemon.web.page_bars import bars, foreseen
from monitor.daemon.web.page_chart import Mark, chart
from monitor.daemon.web.page_html import Html, named, tag
from monitor.daemon.web.page_sight import Sight
from monitor.daemon.web.page_words import UNKNOWN, ago, money, rounded, when

HOURS, DAYS = 48, 30


def source(name: str, sight: Sight) -> Html:
    """Return the row of one source; its id is `part_of` of it."""
    known, state = sight.state.sources[name], sight.health(name)
    watched = sight.plan.sources[name]
    return tag(
        "article",
        tag(
            "header",
            tag("h3", named(name), tag("small", watched.kind) if watched.kind != name else None),
            tag(
                "p",
                tag("span", state, class_=f"state {state}"),
                " ",
                *_polled(known, watched.lateness, sight),
                class_="health",
            ),
        ),
        _figures(known, watched.interval, sight),
        tag("div", *_charts(name, known, sight), class_="charts"),
        id=part_of(name, sight),
        class_="source" if state in WELL else "source unwell",
    )


def part_of(name: str, sight: Sight) -> str:
    """Return the id of its element: a number, as a name may be anything."""
    return f"source-{list(sight.state.sources).index(name)}"


def _polled(known: SourceState, lateness: timedelta | None, sight: Sight) -> list[str]:
    health = known.health
    if health.last_success is None:
        return ["no good answer yet"]
    pieces: list[str] = ["polled ", ago(health.last_success, sight.now)]
    if lateness is None:
        pieces.append(", how late its figures are is not published")
    elif lateness:
        pieces.append(f", figures up to {span_words(lateness)} late")
    if known.spend.as_of is not None and known.spend.as_of != health.last_success:
        pieces += [", figures as of ", when(known.spend.as_of, sight.plan.zone)]
    if health.error:
        pieces.append(tag("span", health.error, class_="why"))
    return pieces


def _known(spend: Spend, window: Window, sight: Sight, *, well: bool) -> str:
    """Return the cost; what goes on unseen, or was there before the watch, is not left out in silence."""
    cost, begin = spend.spent(window, sight.now), known_from(spend, window, sight.now)
    if cost is None or (well and begin is None):
        return money(cost)
    since = f", known from {clock(begin, sight.plan.zone)} on" if begin is not None else ""
    return f"{cost if well else f'at least {cost}'}{since}"


def _figures(known: SourceState, interval: timedelta, sight: Sight) -> Html:
    spend, now = known.spend, sight.now
    today, month = (period.window(now, sight.plan.zone) for period in (Period.DAY, Period.MONTH))
    well = known.health.state(now, interval) in WELL
    pace = spend.pace(now) if well else None
    rows = [
        ("now", UNKNOWN if pace is None else f"{pace} / h"),
        ("today", _known(spend, today, sight, well=well)),
        ("this month", _known(spend, month, sight, well=well)),
    ]
    if spend.balance is not None:
        left = lasts_for(spend.balance, spend, now)
        rows.append(("balance", f"{spend.balance}{f', lasts {span_words(left)}' if left is not None else ''}"))
    quota = spend.quota_now(now)
    if quota is not None and (quota.used is not None or quota.limit is not None or quota.reached):
        of = f" of {rounded(quota.limit)}" if quota.limit is not None else ""
        rows.append(("its own limit", f"{money(quota.used)}{of}{', reached' if quota.reached else ''}"))
    for limit in known.rate_limits[:2]:
        rows.append((f"{limit.name} left", f"{limit.remaining:,} of {limit.limit:,}"))
    if spend.provenance.value != "billed":
        rows.append(("figures are", spend.provenance.value))
    return tag("dl", *(tag("div", tag("dt", term), tag("dd", value)) for term, value in rows))


def _charts(name: str, known: SourceState, sight: Sight) -> list[Html]:
    zone, now, currency = sight.plan.zone, sight.now, known.spend.currency
    by_hour = bars(known, Period.HOUR, HOURS, zone, now)
    by_day = bars(known, Period.DAY, DAYS, zone, now)
    marks = marks_of(name, sight)
    return [
        chart(
            "Each hour, two days",
            by_hour,
            currency=currency,
            zone=zone,
            budget=_budget(Period.HOUR, name, sight),
            even=_even(HOUR, name, sight),
            marks=marks,
        ),
        chart(
            "Each day, 30 days",
            by_day,
            foreseen(known, zone, now),
            currency=currency,
            zone=zone,
            budget=_budget(Period.DAY, name, sight),
            even=_even(DAY, name, sight),
            marks=marks,
        ),
    ]


def _budget(period: Period, name: str, sight: Sight) -> Budget | None:
    """Return the smallest budget of that period which counts all of the source, alone or with others."""
    found = [budget for budget in _whole(name, sight) if budget.period is period]
    return min(found, key=lambda budget: budget.limit.amount, default=None)


def _even(bar: timedelta, name: str, sight: Sight) -> Money | None:
    """Return what the tightest budget has for each bar, if it is spent evenly."""
    windows = ((budget, budget.period.window(sight.now, sight.plan.zone)) for budget in _whole(name, sight))
    shares = [budget.limit * share(bar, window.length) for budget, window in windows if window != FOREVER]
    return min(shares, key=lambda money: money.amount, default=None)


def _whole(name: str, sight: Sight) -> list[Budget]:
    """Return the budgets that count all that the source spends, in its own currency."""
    currency = sight.plan.sources[name].currency
    return [
        budget
        for budget in sight.plan.budgets
        if budget.scope.series == WHOLE and budget.limit.currency == currency and sight.plan.counts(budget, name)
    ]


def marks_of(name: str, sight: Sight) -> list[Mark]:
    """Return when alerts began that speak of this source, or of all of them together."""
    return [
        (episode.since, episode.severity.name)
        for episode in sight.state.episodes
        if episode.summary.startswith((f"{name}: ", f"{name} ", "all sources"))
    ]


def shown_until(sight: Sight) -> Window:
    """Return the hour in which the charts are as they are drawn; after it they move on by a bar."""
    return Period.HOUR.window(sight.now, sight.plan.zone)
