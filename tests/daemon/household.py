"""The watch over one account with a real state folder: polls, orders and restarts by hand, on a clock that is set."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from monitor.core.alerting.events import Event, What
from monitor.core.alerting.orders import Answer, Order
from monitor.core.alerting.quiet import Quiet
from monitor.core.budgets import Budget
from monitor.core.channels import Channel
from monitor.core.plan import Plan, Watched
from monitor.core.spending.readings import Observation, Reading
from monitor.core.spending.source import SourceState
from monitor.core.state import State
from monitor.core.windows import Period
from monitor.daemon.poll import Watch
from monitor.daemon.snapshots import Snapshots
from monitor.daemon.wiring import memory_of, state_of
from tests.core.story import START, THRESHOLDS_ALONE, usd


class Account:
    """Has spent so much this month."""

    def __init__(self) -> None:
        self.spent: float = 0

    async def fetch(self, now: datetime) -> Observation:
        month = Period.MONTH.window(now, START.tzinfo)  # type: ignore[arg-type]
        return Observation((Reading(month, usd(str(self.spent))),), now, timedelta())


class Household:
    """A monthly budget of $100; `restart` is a daemon that was killed and starts again from its files."""

    def __init__(self, folder: Path, *channels: Channel, quiet: Quiet | None = None, now: datetime = START) -> None:
        self.now = now
        self.folder = folder
        self.account = Account()
        self.events: list[Event] = []
        self.wakes = 0
        self.plan = Plan(
            {"holysheep": Watched("holysheep", "holysheep", key_variable="KEY")},
            (Budget("monthly", usd(100)),),
            channels=channels or (Channel("ops"),),
            tuning=THRESHOLDS_ALONE,
            quiet=quiet or Quiet(),
        )
        self.start()

    def start(self) -> None:
        self.snapshots = Snapshots(self.folder)
        self.snapshots.lock()
        loaded = self.snapshots.load(self.plan.sources, set_aside=True)
        assert loaded.damaged == ()
        state = state_of(self.plan, loaded)
        self.watch = Watch(
            self.plan,
            state,
            {"holysheep": self.account},
            self,
            lambda: self.now,
            random.Random(1),  # noqa: S311
            self.events.extend,
        )
        self.watch.on_change = self._wake

    def restart(self) -> None:
        self.snapshots.close()
        self.start()

    def close(self) -> None:
        self.snapshots.close()

    async def save_source(self, name: str, source: SourceState) -> None:
        await self.snapshots.save_source(name, source)

    async def save_alerts(self, state: State) -> None:
        await self.snapshots.save_memory(memory_of(state, ()))

    def _wake(self) -> None:
        self.wakes += 1

    def at(self, moment: datetime) -> "Household":
        self.now = moment
        return self

    def later(self, **span: float) -> "Household":
        return self.at(self.now + timedelta(**span))

    async def spend(self, amount: float) -> list[str]:
        """Poll, and return what every channel that listens was told."""
        self.account.spent = amount
        await self.watch.poll("holysheep")
        return await self.deliver()

    async def deliver(self, *deaf: str) -> list[str]:
        """Deliver what is due except to `deaf`; return each as `channel: reason summary`."""
        heard = []
        for channel in self.plan.channels:
            due = self.watch.due(channel)
            if due and channel.name not in deaf:
                await self.watch.told(due)
                heard += [f"{channel.name}: {note.reason.value} {note.alert.summary}" for note in due]
        return heard

    async def order(self, order: Order) -> Answer:
        return await self.watch.obey(replace(order, at=self.now))

    @property
    def key(self) -> str:
        (key,) = self.watch.state.alerts
        return key

    def whats(self) -> Sequence[What]:
        return [event.what for event in self.events]
