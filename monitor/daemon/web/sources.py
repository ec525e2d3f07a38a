"""`/api/v1/sources`: each account with all that is known of it, by model, project and key."""

from datetime import datetime, timedelta
from itertools import islice
from typing import Any, get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.core.plan import Plan
from monitor.core.rules.runway import lasts_for
from monitor.core.spending.readings import Dimension
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.windows import Period
from monitor.daemon.document import amount_text, rounded_text, source_row, time_text
from monitor.daemon.web.answers import json_answer
from monitor.daemon.web.rows import Rows
from monitor.daemon.web.view import View

# The dearest of each kind; the rest is in the provider's own console.
MOST_NAMED = 20
SECOND = timedelta(seconds=1)


def routes(view: View) -> list[BaseRoute]:
    rows = Rows(view, lambda name, source, now: detailed(name, source, view.plan, now))

    async def sources(_: Request) -> Response:
        state, now = view.state(), view.clock()
        return json_answer({"as_of": time_text(now), "sources": await rows.of(state, now)}, view.redact)

    return [Route("/api/v1/sources", sources)]


def detailed(name: str, source: SourceState, plan: Plan, now: datetime) -> dict[str, Any]:
    spend, health, watched = source.spend, source.health, plan.sources[name]
    pace = spend.pace(now)
    left = lasts_for(spend.balance, spend, now) if spend.balance is not None else None
    return {
        **source_row(name, source, plan, now),
        "pace_per_hour": pace and rounded_text(pace.amount),
        "runway_seconds": None if left is None else left // SECOND,
        "last_success": time_text(health.last_success),
        "last_attempt": time_text(health.last_attempt),
        "failing_since": time_text(health.failing_since),
        "failures": health.failures,
        "interval_seconds": watched.interval / SECOND,
        "by": {dimension: _parts(spend, dimension, plan, now) for dimension in get_args(Dimension)},
    }


def _parts(spend: Spend, dimension: Dimension, plan: Plan, now: datetime) -> list[dict[str, Any]]:
    today, month = (spend.by(dimension, period.window(now, plan.zone), now) for period in (Period.DAY, Period.MONTH))
    return [
        {
            "name": spend.names.name(identity),
            "id": identity,
            "month": amount_text(cost),
            "today": amount_text(today.get(identity)),
        }
        for identity, cost in islice(month.items(), MOST_NAMED)
    ]
