"""A bar chart as SVG, drawn here: it is there without a script, and 1 KB where a charting library is 50."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal

from monitor.core.budgets import Budget, Severity
from monitor.core.money import Money
from monitor.core.windows import DAY, Window
from monitor.daemon.document import time_text
from monitor.daemon.web.page_bars import Bar, highest
from monitor.daemon.web.page_html import Html, joined, tag

# Of the drawing, which the page stretches to its own width.
STEP, BAR, HEIGHT = 10, 8, 100
# A limit far above all bars would press them flat; then it is only said.
LINE_WITHIN = Decimal(3)
Mark = tuple[datetime, str]


def chart(
    title: str,
    found: Sequence[Bar],
    coming: Sequence[Bar] = (),
    *,
    currency: str,
    zone: tzinfo,
    budget: Budget | None = None,
    even: Money | None = None,
    marks: Sequence[Mark] = (),
) -> Html:
    """Return a figure of what was spent, with what is foreseen, the limits, and a mark where an alert began.

    `title` is what it shows, `marks` are times and severities. `budget` is one that lasts for a bar, `even` what one
    that lasts longer has for each of them.
    """
    every = (*found, *coming)
    top = highest(every)
    lines = [line for line in _lines(budget, even) if line[0] <= top * LINE_WITHIN]
    scale = max(top, *(amount for amount, _ in lines)) if lines else top or Decimal(1)
    width = len(every) * STEP
    drawn = joined(
        [
            _gaps(found),
            _path(found[:-1], 0, scale, "bar"),
            _path(found[-1:], len(found) - 1, scale, "bar running"),
            _path(coming, len(found), scale, "bar coming"),
            _band(coming, len(found), scale),
            *(_line(amount / scale, kind, width) for amount, kind in lines),
            *(_mark(at, severity, every) for at, severity in marks),
        ]
    )
    picture = tag(
        "svg",
        drawn,
        viewBox=f"0 0 {width} {HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=_said(title, found, coming, budget, currency),
    )
    first, last = (_label(bar.window, zone) for bar in (every[0], found[-1]))
    dearest = highest(found)
    words = f"up to {Money(dearest, currency)}" if dearest else "nothing spent"
    is_known = any(bar.cost is not None for bar in found)
    return tag(
        "figure",
        tag("figcaption", title, tag("output", words if is_known else "nothing is known")),
        picture,
        tag(
            "div",
            tag("span", first),
            tag("span", last, ", then foreseen") if coming else tag("span", "now, ", last),
            class_="axis",
            aria_hidden="true",
        ),
        class_="chart",
        data_costs=" ".join("-" if bar.cost is None else f"{bar.cost:.4f}".rstrip("0").rstrip(".") for bar in every),
        data_from=time_text(every[0].window.start),
        data_step=int(every[0].window.length.total_seconds()),
        data_known=len(found),
        data_currency=currency,
    )


def _path(some: Sequence[Bar], at: int, scale: Decimal, kind: str) -> Html | None:
    """Return the bars as one shape; a cost too small to be seen is still a line, as it is not nothing."""
    pieces = [
        f"M{(at + index) * STEP + 1} {HEIGHT}v-{max(float(bar.cost / scale) * HEIGHT, 1.5):.1f}h{BAR}V{HEIGHT}z"
        for index, bar in enumerate(some)
        if bar.cost
    ]
    return tag("path", class_=kind, d="".join(pieces)) if pieces else None


def _gaps(found: Sequence[Bar]) -> Html | None:
    """Return what nobody saw, as a shaded field where bars would be."""
    pieces = [f"M{index * STEP} 0h{STEP}v{HEIGHT}h-{STEP}z" for index, bar in enumerate(found) if bar.cost is None]
    return tag("path", class_="gap", d="".join(pieces)) if pieces else None


def _band(coming: Sequence[Bar], at: int, scale: Decimal) -> Html | None:
    """Return between what the foreseen is likely to stay, as a line at each bar."""
    pieces = [
        f"M{(at + index) * STEP + STEP // 2} {_y(bar.least, scale)}V{_y(bar.most, scale)}"
        for index, bar in enumerate(coming)
        if bar.least is not None and bar.most is not None
    ]
    return tag("path", class_="band", d="".join(pieces)) if pieces else None


def _lines(budget: Budget | None, even: Money | None) -> Iterator[tuple[Decimal, str]]:
    """Yield the amounts at which there is a line, and of what kind."""
    if budget is not None:
        for severity in (Severity.WARNING, Severity.CRITICAL, Severity.EMERGENCY):
            yield budget.limit.amount * budget.thresholds.share(severity), f"limit {severity.name.lower()}"
    elif even is not None:
        yield even.amount, "limit even"


def _line(share: Decimal, kind: str, width: int) -> Html:
    return tag("path", class_=kind, d=f"M0 {_y(share, Decimal(1))}H{width}")


def _y(amount: Decimal, scale: Decimal) -> str:
    return f"{HEIGHT - float(amount / scale) * HEIGHT:.1f}"


def _mark(at: datetime, severity: str, every: Sequence[Bar]) -> Html | None:
    for index, bar in enumerate(every):
        if at in bar.window:
            return tag("path", class_=f"mark {severity.lower()}", d=f"M{index * STEP + STEP // 2} 0v{HEIGHT}")
    return None


def _said(title: str, found: Sequence[Bar], coming: Sequence[Bar], budget: Budget | None, currency: str) -> str:
    """Return the chart in words, for who does not see it."""
    known = [bar for bar in found if bar.cost is not None]
    if not known:
        return f"{title}: nothing is known"
    total = Money(sum((bar.cost or Decimal(0) for bar in known), Decimal(0)), currency)
    words = f"{title}: {total} in all, at most {Money(highest(known), currency)} in one"
    gaps = len(found) - len(known)
    words += f"; of {gaps} nothing is known" if gaps else ""
    words += f"; limit {budget.limit}" if budget is not None else ""
    return words + (f"; about {Money(round(highest(coming), 2), currency)} is foreseen at most" if coming else "")


def _label(bar: Window, zone: tzinfo) -> Html:
    """Return when a bar begins; the script shows an hour in the reader's zone, and a day is one of the settings'."""
    start = bar.start.astimezone(zone)
    if bar.length < DAY:
        return tag("time", f"{start:%a %H:%M}", datetime=time_text(bar.start), data_shown="hour")
    return tag("span", f"{start:%-d %b}")
