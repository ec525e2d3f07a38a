"""`/api/v1/budgets`: each limit, what is spent of it, how fast, and where that leads."""

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor.core.budgets import Budget
from monitor.core.money import Money
from monitor.core.plan import Plan
from monitor.core.rules.forecast import likely_pace
from monitor.core.spending.coverage import is_too_early
from monitor.core.spending.spend import PACE_OVER
from monitor.core.spending.trail import Trail
from monitor.core.state import State
from monitor.core.telling.digest_figures import ELAPSED
from monitor.core.windows import FOREVER, Window, share
from monitor.daemon.document import amount_text, budget_row, rounded_text, spent_of, time_text
from monitor.daemon.web.answers import json_answer
from monitor.daemon.web.view import View


def routes(view: View) -> list[BaseRoute]:
    async def budgets(_: Request) -> Response:
        now = view.clock()
        content = {"as_of": time_text(now), "budgets": detailed_budgets(view.state(), view.plan, now)}
        return json_answer(content, view.redact)

    return [Route("/api/v1/budgets", budgets)]


def detailed_budgets(state: State, plan: Plan, now: datetime) -> list[dict[str, Any]]:
    return [_detailed(budget, state, plan, now) for budget in plan.budgets]


def _detailed(budget: Budget, state: State, plan: Plan, now: datetime) -> dict[str, Any]:
    window = budget.period.window(now, plan.zone)
    tally = state.tallies.get(plan.group(budget).counted)
    trail = tally.trail if tally is not None else Trail()
    spent = spent_of(budget, state, plan, now)
    early = any(is_too_early(state.sources[name].spend, window, now) for name in plan.counted(budget))
    scope, steps = budget.scope, budget.thresholds
    return {
        **budget_row(budget, spent, plan, now),
        "thresholds": {
            "warning": f"{steps.warning}",
            "critical": f"{steps.critical}",
            "emergency": f"{steps.emergency}",
        },
        "elapsed": None if window == FOREVER else rounded_text(share(now - window.start, window.length)),
        "pace_per_hour": rounded_text(trail.pace(now, PACE_OVER)),
        "forecast": None if spent is None or early else _forecast(trail, window, spent, budget.limit, now),
        "scope": {"source": scope.source, "model": scope.model, "project": scope.project, "key": scope.key},
        "sources": list(plan.counted(budget)),
    }


def _forecast(trail: Trail, window: Window, spent: Money, limit: Money, now: datetime) -> dict[str, Any] | None:
    """Return what is spent at the window's end, as the rule `forecast` sees it; None while that is too early."""
    if window == FOREVER or now < window.start + ELAPSED or not trail.marks:
        return None
    pace = likely_pace(trail, window, spent.amount, now)
    at_end = spent.amount + pace.until(window.end)
    used_up = pace.reaches(limit.amount - spent.amount, window.end) if spent.amount < limit.amount <= at_end else None
    return {
        "spent_at_end": amount_text(Money(round(at_end, 2), limit.currency)),
        "basis": pace.basis,
        "used_up_at": time_text(used_up),
    }
