"""A story of one account: spend at a time, and what each channel hears."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from monitor.core.alerting.due import due_on
from monitor.core.alerting.evaluate import evaluate
from monitor.core.alerting.notifications import Notification
from monitor.core.budgets import Budget
from monitor.core.channels import Channel
from monitor.core.errors import SourceError
from monitor.core.money import Money
from monitor.core.plan import Plan, Watched
from monitor.core.spending.readings import Observation, Quota, Reading
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.state import State
from monitor.core.telling.messages import render
from monitor.core.tuning import BurnRate, Forecast, Tuning
from monitor.core.windows import Period

START = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
OPS = Channel("ops")
THRESHOLDS_ALONE = Tuning(burn_rate=BurnRate(enabled=False), forecast=Forecast(enabled=False))


def usd(amount: str | int | Decimal) -> Money:
    return Money(Decimal(amount), "USD")


def fresh() -> State:
    return State(sources={"holysheep": SourceState(Spend("USD"))})


class Story:
    """One account with one budget; `spend` polls it and delivers what is due, unless the channel is down."""

    def __init__(self, budget: Budget | None, *channels: Channel, tuning: Tuning = THRESHOLDS_ALONE) -> None:
        self.plan = Plan(
            sources={"holysheep": Watched("holysheep", "holysheep", key_variable="HOLYSHEEP_API_KEY")},
            budgets=(budget,) if budget else (),
            channels=channels or (OPS,),
            tuning=tuning,
        )
        self.state = fresh()
        self.now = START
        self.down: set[str] = set()

    def at(self, moment: datetime) -> "Story":
        self.now = moment
        return self

    def later(self, **span: float) -> "Story":
        return self.at(self.now + timedelta(**span))

    def spend(self, amount: str | int | Decimal, quota: Quota | None = None) -> list[str]:
        reading = Reading(Period.MONTH.window(self.now, UTC), usd(amount))
        return self.poll(Observation((reading,), self.now, timedelta(), quota))

    def poll(self, seen: Observation | SourceError) -> list[str]:
        """Return the titles that were delivered, in order of the channels."""
        source = self.state.sources["holysheep"].after(seen, self.now)
        self.state = evaluate(
            replace(self.state, sources={"holysheep": source}),
            self.plan,
            "holysheep",
            self.now,
        )
        return [title for channel in self.plan.channels for title in self._deliver(channel)]

    def due(self, channel: Channel) -> tuple[Notification, ...]:
        return due_on(channel, self.state, self.plan, self.now)

    def _deliver(self, channel: Channel) -> list[str]:
        due = self.due(channel)
        if not due or channel.name in self.down:
            return []
        self.state = replace(self.state, log=self.state.log.told(due, self.now))
        return [render(due, UTC, self.now).title]
