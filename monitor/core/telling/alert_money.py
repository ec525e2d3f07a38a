"""What money an alert is about: how it grew, and what was told of it before anyone watched."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from monitor.core.alerting.alerts import Alert
from monitor.core.plan import Plan
from monitor.core.spending.readings import WHOLE, Series
from monitor.core.spending.spend import Spend
from monitor.core.spending.tally import Tally
from monitor.core.spending.trail import Trail
from monitor.core.state import State
from monitor.core.windows import Window

# Of more sources than these the time before the watch is not looked up.
MOST_SOURCES = 20


@dataclass(frozen=True, slots=True)
class AlertMoney:
    """`spends` are whose it is, each with the factor that turns its amounts into `currency`."""

    trail: Trail
    currency: str
    spends: tuple[tuple[Spend, Decimal], ...] = ()
    series: Series = WHOLE

    def cost(self, window: Window, now: datetime) -> Decimal | None:
        """Return what the figures of its time say of a window; None where they say nothing of one of the sources."""
        costs = [(spend.spent(window, now, self.series), factor) for spend, factor in self.spends]
        known = [cost.amount * factor for cost, factor in costs if cost is not None]
        return sum(known, Decimal(0)) if costs and len(known) == len(costs) else None


def alert_money(alert: Alert, state: State, plan: Plan) -> AlertMoney:
    """Return a budget's money, or all of an account's."""
    name = alert.about.removeprefix("budget:")
    budget = next((one for one in plan.budgets if alert.about != name and one.name == name), None)
    if budget is not None:
        group = plan.group(budget)
        tally = state.tallies.get(group.counted, Tally())
        few = group.sources if len(group.sources) <= MOST_SOURCES else ()
        spends = tuple((state.sources[one].spend, group.factors[one]) for one in few)
        return AlertMoney(tally.trail, group.currency, spends, group.scope.series)
    source = state.sources.get(alert.subject)
    if source is None:
        return AlertMoney(Trail(), "USD")
    return AlertMoney(source.spend.trail, source.spend.currency, ((source.spend, Decimal(1)),))
