"""A gauge for each budget: how much of it, where it should be by now, and where it leads."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from monitor.core.money import Money
from monitor.core.telling.phrases import some_of, window_words
from monitor.core.windows import FOREVER, Window
from monitor.daemon.web.page_html import Html, joined, named, tag
from monitor.daemon.web.page_sight import Sight
from monitor.daemon.web.page_words import about, money, percent_of, rounded, when

WIDTH, HEIGHT = 1000, 24
# What is beyond shows at the edge; one limit missed by far must not press all others flat.
FURTHEST = Decimal(2)
LEGEND = "pale is the forecast, the tall mark the even pace, the cuts are the thresholds"
Row = Mapping[str, Any]


def budgets(rows: Sequence[Row], sight: Sight) -> Html:
    """Return the gauges; `rows` are those of `/api/v1/budgets`."""
    gauges = [_budget(row, sight) for row in rows] or [
        tag("p", "No budget is set (MONITOR_MONTHLY_BUDGET): only the provider's own limits are judged.", class_="none")
    ]
    return tag(
        "section",
        tag("h2", "Budgets", tag("small", LEGEND) if rows else None),
        tag("div", *gauges, class_="gauges"),
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
        tag("p", *_paces(even, expected, forecast, sight), class_="pace"),
        class_=f"budget {severity.lower()}",
        aria_label=f"{words}, {severity}",
    )


def _paces(even: Money | None, expected: Money | None, forecast: Row | None, sight: Sight) -> list[str]:
    pieces: list[str] = []
    if even is not None:
        pieces.append(f"even pace: {about(even)} by now. ")
    if expected is not None and forecast is not None:
        pieces.append(f"On pace for {about(expected)}")
        if forecast["used_up_at"]:
            pieces.append(joined([", used up ", when(datetime.fromisoformat(forecast["used_up_at"]), sight.plan.zone)]))
        pieces.append(".")
    elif even is not None:
        pieces.append("Too early for a forecast.")
    return [pieces[0].capitalize() if not isinstance(pieces[0], Html) else pieces[0], *pieces[1:]] if pieces else []


def _gauge(row: Row, ratio: Decimal | None, limit: Money | None, expected: Money | None, words: str) -> Html:
    """Return how far it is, over the forecast; the ticks are the thresholds, the long one is the even pace."""
    likely = expected.amount / limit.amount if expected is not None and limit is not None else None
    end = min(max(ratio or Decimal(0), likely or Decimal(0), Decimal(1)), FURTHEST)

    def x(share: Decimal) -> str:
        return f"{min(share / end, Decimal(1)) * WIDTH:.1f}"

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
    start, end = row["window"]["start"], row["window"]["end"]
    window = Window(datetime.fromisoformat(start), datetime.fromisoformat(end)) if start and end else FOREVER
    parts = [f"{name} {value}" for name, value in row["scope"].items() if value is not None]
    whose = ", ".join(parts) or (some_of(row["sources"], 2) if len(row["sources"]) < 3 else "all sources")
    return f"{window_words(window, sight.plan.zone)} · {whose}"


def _money(amount: str | None, currency: str) -> Money | None:
    return None if amount is None else Money(Decimal(amount), currency)
