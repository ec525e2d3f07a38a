"""`/api/v1/spend`: what each source spent, hour by hour or day by day; a gap is null, and never 0."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.core.spending.chart import costs
from monitor.core.spending.source import SourceState
from monitor.core.windows import Period, Window
from monitor.daemon.document import amount_text, time_text
from monitor.daemon.web.answers import json_answer
from monitor.daemon.web.fields import moment_of
from monitor.daemon.web.parameters import one_of, only, parameter
from monitor.daemon.web.tables import csv_answer
from monitor.daemon.web.view import View

# Days first: the usual chart. As long back as is looked without being asked.
SPANS = {Period.DAY: timedelta(days=30), Period.HOUR: timedelta(hours=48)}
MOST_POINTS, MOST_POINTS_IN_ALL = 800, 60_000


def routes(view: View) -> list[BaseRoute]:
    turn = asyncio.Lock()

    async def spend(request: Request) -> Response:
        only(request, ("source", "per", "from", "to", "format"))
        kind = one_of(request, "format", ("json", "csv"))
        now, sources = view.clock(), view.state().sources
        windows = _asked(request, view.plan.zone, now)
        names = request.query_params.getlist("source") or list(sources)
        for name in names:
            if name not in sources:
                raise HTTPException(404, "no source has this name")
        if len(names) * len(windows) > MOST_POINTS_IN_ALL:
            raise HTTPException(422, "too many points: name a source, or ask for a shorter time")
        async with turn:
            series = await asyncio.to_thread(spend_series, {name: sources[name] for name in names}, windows, now)
        if kind == "csv":
            head = ("source", "currency", "start", "end", "cost")
            cells = ([one["source"], one["currency"], *point.values()] for one in series for point in one["points"])
            return csv_answer("spend", head, cells, view.redact)
        content = {
            "per": one_of(request, "per", _PERIODS),
            "from": time_text(windows[0].start),
            "to": time_text(windows[-1].end),
            "zone": str(view.plan.zone),
            "series": series,
        }
        return json_answer(content, view.redact)

    return [Route("/api/v1/spend", spend)]


def spend_series(sources: dict[str, SourceState], windows: Sequence[Window], now: datetime) -> list[dict[str, Any]]:
    """Return a series for each source. It takes long for many, so it is for a thread."""
    return [
        {
            "source": name,
            "currency": source.spend.currency,
            "points": [
                {"start": time_text(window.start), "end": time_text(window.end), "cost": amount_text(cost)}
                for window, cost in zip(windows, costs(source, windows, now), strict=True)
            ],
        }
        for name, source in sources.items()
    ]


def windows_between(period: Period, start: datetime, end: datetime, zone: tzinfo) -> list[Window]:
    """Return the windows that hold a part of `[start, end)`, at most as many as fit on a chart and one more."""
    windows = [period.window(start, zone)]
    while windows[-1].end < end and len(windows) <= MOST_POINTS:
        windows.append(period.window(windows[-1].end, zone))
    return windows


_PERIODS = tuple(period.value for period in SPANS)


def _asked(request: Request, zone: tzinfo, now: datetime) -> list[Window]:
    period = Period(one_of(request, "per", _PERIODS))
    given = {name: parameter(request, name) for name in ("from", "to")}
    end = moment_of(given["to"], "to") if given["to"] else now
    try:
        start = moment_of(given["from"], "from") if given["from"] else end - SPANS[period]
        windows = windows_between(period, start, end, zone) if start < end else []
    except OverflowError:
        raise HTTPException(422, "a time beyond any sense") from None
    if not windows:
        raise HTTPException(422, "to is not after from")
    if len(windows) > MOST_POINTS:
        raise HTTPException(422, f"too long: at most {MOST_POINTS} points")
    return windows
