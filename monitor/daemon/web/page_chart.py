"""A bar chart as SVG, drawn here: it is there without a script, and 1 KB where a charting library is 50."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from decimal import Decimal

from monitor.core.money import Money
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
    limit: Money | None = None,
    marks: Sequence[Mark] = (),
    form: str = "%H:%M",
) -> Html:
    """Return a figure of what was spent, with what is foreseen, the limit, and a mark where an alert began.

    `title` is what it shows, `form` how the begin of a bar is written. `marks` are times and severities.
    """
    top = highest((*found, *coming))
    line = limit.amount if limit is not None and top and limit.amount <= top * LINE_WITHIN else None
    scale = max(top, line or Decimal(0)) or Decimal(1)
    every = (*found, *coming)
    width = len(every) * STEP
    drawn = joined(
        [
            _gaps(found),
            _path(found[:-1], 0, scale, "bar"),
            _path(found[-1:], len(found) - 1, scale, "bar running"),
            _path(coming, len(found), scale, "bar coming"),
            _line(line / scale, width) if line is not None else None,
            *(_mark(at, severity, every) for at, severity in marks),
        ]
    )
    picture = tag(
        "svg",
        drawn,
        viewBox=f"0 0 {width} {HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=_said(title, found, coming, limit, currency),
    )
    first, last = (bar.window.start.astimezone(zone) for bar in (every[0], found[-1]))
    highest_words = str(Money(top, currency)) if top else "nothing spent"
    return tag(
        "figure",
        tag("figcaption", title, tag("output", highest_words if not top else f"up to {highest_words}")),
        picture,
        tag(
            "div",
            tag("span", _label(first, form)),
            tag("span", f"{_label(last, form)}, then foreseen" if coming else f"now, {_label(last, form)}"),
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


def _line(share: Decimal, width: int) -> Html:
    y = f"{HEIGHT - float(share) * HEIGHT:.1f}"
    return tag("path", class_="limit", d=f"M0 {y}H{width}")


def _mark(at: datetime, severity: str, every: Sequence[Bar]) -> Html | None:
    for index, bar in enumerate(every):
        if at in bar.window:
            return tag("path", class_=f"mark {severity.lower()}", d=f"M{index * STEP + STEP // 2} 0v{HEIGHT}")
    return None


def _said(title: str, found: Sequence[Bar], coming: Sequence[Bar], limit: Money | None, currency: str) -> str:
    """Return the chart in words, for who does not see it."""
    known = [bar for bar in found if bar.cost is not None]
    if not known:
        return f"{title}: nothing is known"
    total = Money(sum((bar.cost or Decimal(0) for bar in known), Decimal(0)), currency)
    words = f"{title}: {total} in all, at most {Money(highest(known), currency)} in one"
    gaps = len(found) - len(known)
    words += f"; of {gaps} nothing is known" if gaps else ""
    words += f"; limit {limit}" if limit is not None else ""
    return words + (f"; about {Money(round(highest(coming), 2), currency)} is foreseen at most" if coming else "")


def _label(moment: datetime, form: str) -> str:
    return moment.strftime(form)
