"""A gauge for each budget: how much of it, where it should be by now, and where it leads."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from monitor.core.money import Money
from monitor.core.telling.phrases import some_of, window_words
from monitor.core.windows import FOREVER, HOUR, Window, share
from monitor.daemon.web.page_html import Html, named, tag
from monitor.daemon.web.page_sight import Sight
from monitor.daemon.web.page_words import about, money, percent_of, rounded, when

WIDTH, HEIGHT = 1000, 24
# What is beyond shows at the edge; one limit missed by far must not press all others flat.
FURTHEST = Decimal(2)
LEGEND = "pale is the forecast, the tall mark the even pace, the cuts are the thresholds"
Row = Mapping[str, Any]


def budgets(rows: Sequence[Row], sight: Sight) -> Html:
    """Return the gauges; `rows` are those of `/api/v1/budgets`."""
    nothing = "No budget is set (MONITOR_MONTHLY_BUDGET): only the provider's own limits are judged."
    return tag(
        "section",
        tag("h2", "Budgets", tag("small", LEGEND) if rows else None),
        tag("div", *(_budget(row, sight) for row in rows), class_="gauges")
        if rows
        else tag("p", nothing, class_="none"),
        id="budgets",
    )


def _budget(row: Row, sight: Sight) -> Html:
    currency, severity = row["currency"], row["severity"]
    limit, spent = _money(row["limit"], currency), _money(row["spent"], currency)
    ratio = None if row["ratio"] is None else Decimal(row["ratio"])
    forecast = row["forecast"]
    expected = _money(forecast["spent_at_end"], currency) if forecast else None
    even = limit and row["elapsed"] and Money(limit.amount * Decimal(row["elapsed"]), currency)
    words = f"{row['name']}: {money(spent)} of {limit and rounded(limit)}, {percent_of(ratio)}"
    return tag(
        "article",
        tag("h3", named(row["name"]), tag("small", _scope(row, sight))),
        tag(
            "p",
            tag("b", money(spent)),
            f" of {limit and rounded(limit)}",
            tag("span", percent_of(ratio), class_="ratio"),
            class_="figure",
        ),
        _gauge(row, ratio, limit, expected, words),
        tag("p", *_paces(even, expected, row, sight), class_="pace"),
        tag("p", _speed(row, limit, sight), class_="pace") if limit is not None else None,
        class_=f"budget {severity.lower()}",
        aria_label=f"{words}, {severity}",
    )


def _paces(even: Money | None, expected: Money | None, row: Row, sight: Sight) -> list[str]:
    """Return where it should be by now, and where it will be at the end of its window."""
    if even is None:
        return []
    forecast = row["forecast"]
    if expected is None or forecast is None:
        return [f"Even pace {about(even)}; too early for a forecast."]
    window = _window(row)
    pieces = [f"Even pace {about(even)}; on pace for {about(expected)} by {_end(window, sight)}"]
    if forecast["used_up_at"]:
        pieces += [", used up ", when(datetime.fromisoformat(forecast["used_up_at"]), sight.plan.zone)]
    return [*pieces, "."]


def _speed(row: Row, limit: Money, sight: Sight) -> str:
    """Return how fast it is spent now, and how many times faster than it would last."""
    pace, window = Money(Decimal(row["pace_per_hour"] or 0), limit.currency), _window(row)
    partly = bool(set(row["sources"]) & set(sight.unwell))
    if row["pace_per_hour"] is None or (partly and not pace.amount):
        return "How fast it is spent now is not known."
    now = f"Now {'at least ' if partly else ''}{pace} an hour"
    if window == FOREVER:
        return f"{now}."
    times = pace.amount / (limit.amount * share(HOUR, window.length))
    return f"{now}, {times:,.{0 if times >= 10 else 1}f}x the even pace."


def _window(row: Row) -> Window:
    start, end = row["window"]["start"], row["window"]["end"]
    return Window(datetime.fromisoformat(start), datetime.fromisoformat(end)) if start and end else FOREVER


def _end(window: Window, sight: Sight) -> str:
    """Return when the window ends, for people: `30 Nov`, of an hour `15:00`."""
    end = window.end.astimezone(sight.plan.zone)
    return f"{end:%H:%M}" if window.length <= HOUR else f"{end - timedelta(seconds=1):%-d %b}"


def _gauge(row: Row, ratio: Decimal | None, limit: Money | None, expected: Money | None, words: str) -> Html:
    """Return how far it is, over the forecast; the ticks are the thresholds, the long one is the even pace."""
    likely = expected.amount / limit.amount if expected is not None and limit is not None else None
    end = min(max(ratio or Decimal(0), likely or Decimal(0), Decimal(1)), FURTHEST)

    def x(part: Decimal) -> str:
        return f"{min(part / end, Decimal(1)) * WIDTH:.1f}"

    steps = [tag("path", class_=f"step {name}", d=f"M{x(Decimal(at))} 4v16") for name, at in row["thresholds"].items()]
    return tag(
        "svg",
        tag("path", class_="track", d=f"M0 8h{WIDTH}v8H0z"),
        tag("path", class_="likely", d=f"M0 8h{x(likely)}v8H0z") if likely is not None else None,
        tag("path", class_="filled", d=f"M0 8h{x(ratio)}v8H0z") if ratio else None,
        *steps,
        tag("path", class_="end", d=f"M{x(Decimal(1))} 2v20") if end > 1 else None,
        tag("path", class_="even", d=f"M{x(Decimal(row['elapsed']))} 0v{HEIGHT}") if row["elapsed"] else None,
        class_="gauge",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=words,
    )


def _scope(row: Row, sight: Sight) -> str:
    """Return what it counts and over which time, for people."""
    parts = [f"{name} {value}" for name, value in row["scope"].items() if value is not None]
    whose = ", ".join(parts) or (some_of(row["sources"], 2) if len(row["sources"]) < 3 else "all sources")
    return f"{window_words(_window(row), sight.plan.zone)} · {whose}"


def _money(amount: str | None, currency: str) -> Money | None:
    return None if amount is None else Money(Decimal(amount), currency)
