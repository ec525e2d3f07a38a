"""What is known, as the one JSON document of `check`, `status` and the API. Unknown is null, never 0."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from monitor.core.alerting.alerts import Stage
from monitor.core.alerting.caveats import caveats
from monitor.core.budgets import Budget, Severity
from monitor.core.channels import ChannelState
from monitor.core.money import EXACT, Money
from monitor.core.plan import Plan
from monitor.core.spending.coverage import known_from
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.spending.tally import counted
from monitor.core.spending.unpriced import unpriced
from monitor.core.state import State
from monitor.core.windows import FOREVER, Period, Window

WELL = ("ok", "late")
_FOURTH = Decimal("0.0001")


def document(
    state: State,
    plan: Plan,
    channels: Iterable[ChannelState],
    now: datetime,
    sources: Sequence[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return the document; `sources` are its rows where they are known already, each as `source_row` makes it."""
    if sources is None:
        sources = [source_row(name, source, plan, now) for name, source in state.sources.items()]
    live = [alert for alert in state.alerts.values() if alert.stage is not Stage.RESOLVED]
    live.sort(key=lambda alert: (not alert.firing, -alert.severity, alert.key))
    worst = max((alert.severity for alert in live if alert.firing), default=Severity.OK)
    unknown = any(source["state"] not in WELL for source in sources) and worst < Severity.CRITICAL
    return {
        "as_of": time_text(now),
        "severity": "UNKNOWN" if unknown else worst.name,
        "sources": list(sources),
        "budgets": [budget_row(budget, spent_of(budget, state, plan, now), plan, now) for budget in plan.budgets],
        "alerts": [
            {
                "key": alert.key,
                "rule": alert.rule.value,
                "subject": alert.subject,
                "severity": alert.severity.name,
                "id": alert.id,
                "state": alert.stage.value,
                "since": time_text(alert.since),
                "summary": alert.summary,
            }
            for alert in live
        ],
        "channels": [
            {
                "name": channel.name,
                "state": channel.state,
                "last_success": time_text(channel.last_success),
                "error": channel.error,
            }
            for channel in channels
        ],
        "caveats": list(caveats(plan, state, now)),
    }


def source_row(name: str, source: SourceState, plan: Plan, now: datetime) -> dict[str, Any]:
    spend, watched = source.spend, plan.sources[name]
    today, month = (period.window(now, plan.zone) for period in (Period.DAY, Period.MONTH))
    quota = spend.quota_now(now)
    return {
        "name": name,
        "kind": watched.kind,
        "state": source.health.state(now, watched.interval),
        "as_of": time_text(spend.as_of),
        "currency": spend.currency,
        "spend": {"today": amount_text(spend.spent(today, now)), "month": amount_text(spend.spent(month, now))},
        "known_from": {
            "today": time_text(known_from(spend, today, now)),
            "month": time_text(known_from(spend, month, now)),
        },
        "provenance": spend.provenance.value,
        "quota": quota
        and {
            "used": amount_text(quota.used),
            "limit": amount_text(quota.limit),
            "unit": spend.currency,
            "reached": quota.reached,
        },
        "balance": spend.balance and {"amount": amount_text(spend.balance), "currency": spend.balance.currency},
        "by_model": _by_model(spend, month, now),
        "error": source.health.error,
    }


def _by_model(spend: Spend, month: Window, now: datetime) -> list[dict[str, Any]]:
    without = unpriced(spend, month)
    return [
        {
            "model": model,
            "month": amount_text(cost),
            "unpriced_tokens": without[model].tokens if model in without else 0,
            "unpriced_units": without[model].units if model in without else 0,
        }
        for model, cost in spend.by("model", month, now).items()
    ]


def budget_row(budget: Budget, spent: Money | None, plan: Plan, now: datetime) -> dict[str, Any]:
    window = budget.period.window(now, plan.zone)
    ratio = spent / budget.limit if spent is not None else None
    return {
        "name": budget.name,
        "period": budget.period.value,
        "window": {"start": None, "end": None}
        if window == FOREVER
        else {"start": time_text(window.start), "end": time_text(window.end)},
        "limit": amount_text(budget.limit),
        "currency": budget.limit.currency,
        "spent": amount_text(spent),
        "ratio": rounded_text(ratio),
        "severity": "UNKNOWN" if ratio is None else budget.thresholds.severity(ratio).name,
    }


def spent_of(budget: Budget, state: State, plan: Plan, now: datetime) -> Money | None:
    """Return what the budget counts in its window: the sum that is kept for the rules, else one that is made now."""
    group, window = plan.group(budget), budget.period.window(now, plan.zone)
    tally = state.tallies.get(group.counted)
    known = tally.sums.get(window) if tally is not None else None
    return (known or counted(group, state.sources, window, now)).spent(group.currency)


def amount_text(money: Money | None) -> str | None:
    return None if money is None else f"{money.amount:f}"


def rounded_text(figure: Decimal | None) -> str | None:
    """Return a ratio or a pace with four places: more of them say nothing. What is not 1 yet never reads as 1."""
    return None if figure is None else f"{figure.quantize(_FOURTH, ROUND_FLOOR, EXACT):f}"


def time_text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
