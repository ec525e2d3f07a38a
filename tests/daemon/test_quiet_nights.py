"""Whatever is spent when, over nights and restarts: nothing is lost, nothing is said twice, and nights are quiet."""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.alerting.events import Event, What
from monitor.core.alerting.notifications import Notification, Reason
from monitor.core.budgets import Budget, Severity
from monitor.core.channels import Channel
from monitor.core.plan import Plan, Watched
from monitor.daemon.commands.once import Nowhere
from monitor.daemon.poll import Watch
from monitor.daemon.snapshots import Loaded
from monitor.daemon.wiring import memory_of, state_of
from tests.core.story import THRESHOLDS_ALONE, usd
from tests.daemon.household import Account
from tests.daemon.test_life import MIDNIGHT, NIGHT

OPS = Channel("ops")
PLAN = Plan(
    {"holysheep": Watched("holysheep", "holysheep", key_variable="KEY")},
    (Budget("monthly", usd(100)),),
    channels=(OPS,),
    tuning=THRESHOLDS_ALONE,
    quiet=NIGHT,
)


@dataclass(frozen=True)
class Step:
    """So much later so much is spent, perhaps after a restart."""

    minutes: int
    spent: int
    restarts: bool


@dataclass
class Nights:
    """A watch whose restarts go through what is saved; it remembers all that happened and all that was heard, when."""

    now: datetime = MIDNIGHT - timedelta(hours=4)
    events: list[Event] = field(default_factory=list)
    heard: list[tuple[datetime, Notification]] = field(default_factory=list)
    account: Account = field(default_factory=Account)

    def __post_init__(self) -> None:
        self.start(None)

    def start(self, loaded: Loaded | None) -> None:
        self.watch = Watch(
            PLAN,
            state_of(PLAN, loaded),
            {"holysheep": self.account},
            Nowhere(),
            lambda: self.now,
            random.Random(1),  # noqa: S311
            self.events.extend,
        )

    async def live(self, step: Step) -> None:
        self.now += timedelta(minutes=step.minutes)
        if step.restarts:
            state = self.watch.state
            self.start(Loaded(state.sources, memory_of(state, ()), ()))
        self.account.spent = step.spent
        await self.watch.poll("holysheep")
        due = self.watch.due(OPS)
        if due:
            await self.watch.told(due)
            self.heard += [(self.now, note) for note in due]

    async def live_all(self, steps: list[Step]) -> None:
        for step in steps:
            await self.live(step)
        noon = self.now.replace(hour=12, minute=0) + timedelta(days=1)
        await self.live(Step(int((noon - self.now).total_seconds() // 60), steps[-1].spent, restarts=True))


STEPS = st.builds(
    Step,
    st.integers(1, 200),
    st.sampled_from([40, 40, 75, 92, 96]),
    st.booleans(),
)


@settings(deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=20))
def test_nights_are_quiet_and_lose_nothing(steps: list[Step]) -> None:
    nights = Nights()

    asyncio.run(nights.live_all(steps))

    for at, note in nights.heard:
        assert not NIGHT.holds(at) or max(note.alert.severity, note.before) >= Severity.CRITICAL
        assert note.reason is not Reason.HELD or NIGHT.holds(note.alert.since)
    fired = [event for event in nights.events if event.what is What.FIRED]
    news = [note.alert.id for _, note in nights.heard if note.reason in (Reason.FIRST, Reason.HELD)]
    assert len(set(news)) == len(news)
    known = {note.alert.id for _, note in nights.heard}
    for event in fired[-1:]:
        before = [note for at, note in nights.heard if at < event.at]
        stands = bool(before) and before[-1].reason not in (Reason.RESOLVED, Reason.HELD)
        # Where an end has not been told yet, that it came again is no news.
        assert event.id in known or stands
