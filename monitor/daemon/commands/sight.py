"""What a key sees of its account, and what it does not: for a user who wonders which budgets can ever fire."""

from datetime import datetime, timedelta

from monitor.core.spending.spend import Spend
from monitor.core.windows import Period
from monitor.daemon.sources import Kind


def sight(kind: Kind, spend: Spend, now: datetime) -> tuple[str, ...]:
    """Return lines for people about what was told so far."""
    day, month = (period.window(now, kind.zone) for period in (Period.DAY, Period.MONTH))
    judged = {
        "today's cost": spend.spent(day, now) is not None,
        "this month's cost": spend.spent(month, now) is not None,
        **{f"cost by {part}": _is_told(part, kind, spend) for part in ("model", "project", "key")},
        **({"the names of projects and keys": bool(spend.names.now)} if kind.names else {}),
        "a limit": spend.quota is not None and spend.quota.limit is not None,
        "what is left": spend.balance is not None,
    }
    seen = [what for what, told in judged.items() if told]
    unseen = [what for what, told in judged.items() if not told]
    lines = [f"sees {', '.join(seen) or 'nothing yet'}"]
    if unseen:
        lines.append(f"does not see {', '.join(unseen)}")
    return (*lines, freshness(kind))


def _is_told(part: str, kind: Kind, spend: Spend) -> bool:
    """Tell whether cost by model, project or key is seen; on an account that has spent nothing, if it would be."""
    if any(getattr(series, part) is not None for series in spend.grouped.series):
        return True
    return part in kind.breakdowns and not any(reading.cost.amount for reading in spend.readings)


def freshness(kind: Kind) -> str:
    """Return how fine and how late the figures of a kind are."""
    fine = f"every {span(kind.grain).removeprefix('1 ')}" if kind.grain else "live"
    late = "it is not published how late" if kind.lateness is None else f"up to {span(kind.lateness)} late"
    return f"figures are told {fine}, {late}"


def span(length: timedelta) -> str:
    """Return a length as `5 min`, `1 h` or `1 day`."""
    minutes = int(length.total_seconds()) // 60
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h" if minutes < 1440 else f"{minutes // 1440} day"
