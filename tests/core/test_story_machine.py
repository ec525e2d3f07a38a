"""Any life of an account, by a state machine: nothing is lost, nothing is said twice, and everything ends."""

import random
from collections.abc import Coroutine
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeVar, assert_never

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from pydantic import TypeAdapter

from monitor.core.alerting.alerts import Alert, Stage
from monitor.core.alerting.life import EASED
from monitor.core.alerting.muting import audible
from monitor.core.alerting.notifications import Notification, Reason
from monitor.core.alerting.orders import Acknowledge, AddSilence, Order, Unacknowledge, Until
from monitor.core.alerting.quiet import Quiet, QuietHours
from monitor.core.budgets import Budget, Severity
from monitor.core.channels import Channel
from monitor.core.errors import SourceDrifted, SourceRefused, SourceUnavailable
from monitor.core.plan import Plan, Watched
from monitor.core.spending.readings import Observation, Reading
from monitor.core.spending.source import SourceState
from monitor.core.state import State
from monitor.core.windows import Period
from monitor.daemon.poll import Watch
from monitor.daemon.snapshots import Loaded, Memory
from monitor.daemon.wiring import memory_of, state_of
from tests.core.story import START, usd

Result = TypeVar("Result")
OPS, PAGER = Channel("ops"), Channel("pager", min_severity=Severity.CRITICAL, resolved=False)
ERRORS = (SourceUnavailable("timed out"), SourceDrifted("not JSON"), SourceRefused("401"))
PLAN = Plan(
    sources={"a": Watched("a", "a"), "b": Watched("b", "b")},
    budgets=(
        Budget("monthly", usd(500)),
        Budget("daily", usd(40), Period.DAY),
    ),
    channels=(OPS, PAGER),
    quiet=Quiet((QuietHours(time(22), time(7)),)),
)
MEMORY, SOURCE = TypeAdapter(Memory), TypeAdapter(SourceState)


def done(work: Coroutine[Any, Any, Result]) -> Result:
    """Run what never waits, as nothing here does."""
    try:
        work.send(None)
    except StopIteration as end:
        result: Result = end.value
        return result
    raise AssertionError("it waits for something")


class Account:
    """A source whose figures are what was spent, by month and by day."""

    def __init__(self) -> None:
        self.spent: dict[Period, dict[datetime, Decimal]] = {Period.MONTH: {}, Period.DAY: {}}
        self.error: Exception | None = None

    def spend(self, amount: Decimal, now: datetime) -> None:
        for period, costs in self.spent.items():
            start = period.window(now, UTC).start
            costs[start] = costs.get(start, Decimal(0)) + amount

    async def fetch(self, now: datetime) -> Observation:
        if self.error is not None:
            raise self.error
        windows = [(period.window(now, UTC), costs) for period, costs in self.spent.items()]
        readings = tuple(Reading(window, usd(costs.get(window.start, Decimal(0)))) for window, costs in windows)
        return Observation(readings, now, timedelta())


class Disk:
    """What was saved, as the files would hold it."""

    def __init__(self) -> None:
        self.memory = MEMORY.dump_json(Memory())
        self.sources: dict[str, bytes] = {}

    async def save_source(self, name: str, source: SourceState) -> None:
        self.sources[name] = SOURCE.dump_json(source)

    async def save_alerts(self, state: State) -> None:
        self.memory = MEMORY.dump_json(memory_of(state, ()))

    def load(self) -> State:
        sources = {name: SOURCE.validate_json(content) for name, content in self.sources.items()}
        return state_of(PLAN, Loaded(sources, MEMORY.validate_json(self.memory), ()))


class Ears:
    """What people at a channel have heard; of each alert the worst, and when, until they know that it is over.

    They have a watch of their own, as the machine's clock may be set back.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.heard: dict[str, tuple[Severity, timedelta]] = {}

    def hear(self, note: Notification, watch: timedelta) -> None:
        """Take a message, which is to be news: it is worse than ever, or again after a long time of being less bad."""
        key, severity = note.alert.key, note.alert.severity
        known = self.heard.get(key)
        match note.reason:
            case Reason.FIRST:
                assert known is None, f"said twice: {key}"
                assert severity >= self.channel.min_severity
            case Reason.ESCALATED:
                assert known is not None
                again = note.alert.risen_at is not None and watch - known[1] >= EASED
                assert severity > known[0] or again, f"no news: {key}"
            case Reason.REMINDER:
                assert known is not None
                snoozed = note.alert.acknowledged is not None
                assert snoozed or (severity is Severity.EMERGENCY and watch - known[1] >= PLAN.remind_every)
            case Reason.RESOLVED:
                assert known is not None, f"the end of what nobody heard of: {key}"
                assert self.channel.resolved
            case Reason.HELD | Reason.DIGEST:
                return
            case _:
                assert_never(note.reason)
        if note.reason is Reason.RESOLVED:
            del self.heard[key]
        else:
            self.heard[key] = (max(severity, known[0] if known else Severity.OK), watch)

    def forget(self, alerts: dict[str, Alert]) -> None:
        """Let go of what is gone with its window, and, where ends are not told, of what is over."""
        gone = [key for key in self.heard if key not in alerts or not (alerts[key].firing or self.channel.resolved)]
        for key in gone:
            del self.heard[key]


class Life(RuleBasedStateMachine):
    """Two accounts, two budgets, two channels, quiet nights, people, and a machine that crashes."""

    @initialize()
    def begin(self) -> None:
        self.now, self.lived = START, timedelta()
        self.accounts = {"a": Account(), "b": Account()}
        self.disk = Disk()
        self.ears = {channel.name: Ears(channel) for channel in PLAN.channels}
        self.down: set[str] = set()
        self.start()

    def start(self) -> None:
        self.watch = Watch(PLAN, self.disk.load(), self.accounts, self.disk, lambda: self.now, random.Random(1))  # noqa: S311

    @rule(
        name=st.sampled_from("ab"), amount=st.sampled_from([0, 1, 5, 30, 200]), minutes=st.sampled_from([0, 1, 7, 45])
    )
    def spend(self, name: str, amount: int, minutes: int) -> None:
        self.go_on(timedelta(minutes=minutes))
        self.accounts[name].spend(Decimal(amount), self.now)
        self.poll(name)

    @rule(name=st.sampled_from("ab"), amount=st.sampled_from([1, 3, 20]), minutes=st.integers(2, 12))
    def loop(self, name: str, amount: int, minutes: int) -> None:
        for _ in range(minutes):
            self.spend(name, amount, 1)

    @rule(span=st.sampled_from([timedelta(hours=1), timedelta(hours=9), timedelta(days=3), timedelta(days=40)]))
    def time_passes(self, span: timedelta) -> None:
        self.go_on(span)
        self.poll_all()

    @rule(span=st.sampled_from([timedelta(minutes=1), timedelta(minutes=90), timedelta(days=2)]))
    def the_clock_is_set_back(self, span: timedelta) -> None:
        self.now -= span
        self.poll_all()

    @rule(name=st.sampled_from("ab"), error=st.sampled_from((None, *ERRORS)), minutes=st.sampled_from([1, 15, 70]))
    def the_provider_fails_or_recovers(self, name: str, error: Exception | None, minutes: int) -> None:
        self.accounts[name].error = error
        self.poll(name)
        self.go_on(timedelta(minutes=minutes))
        self.poll(name)

    @rule()
    def restart(self) -> None:
        self.start()
        self.deliver()

    @rule(name=st.sampled_from(["ops", "pager"]))
    def a_channel_fails_or_recovers(self, name: str) -> None:
        self.down ^= {name}
        self.deliver()

    @rule(number=st.integers(0, 5), until=st.sampled_from([None, timedelta(hours=1), *Until]))
    def acknowledge(self, number: int, until: timedelta | Until | None) -> None:
        for alert in self.firing()[number : number + 1]:
            end = self.now + until if isinstance(until, timedelta) else until
            self.order(Acknowledge(alert.key, "ann", self.now, end))

    @rule(number=st.integers(0, 5))
    def unacknowledge(self, number: int) -> None:
        for alert in self.firing()[number : number + 1]:
            self.order(Unacknowledge(alert.key, "ann", self.now))

    @rule(pattern=st.sampled_from(["threshold", "burn_rate", "no_*"]), hours=st.sampled_from([1, 30]))
    def silence(self, pattern: str, hours: int) -> None:
        self.order(AddSilence(self.now + timedelta(hours=hours), "ann", "a drill", self.now, rule=pattern))

    @invariant()
    def no_escalation_is_lost(self) -> None:
        """Whoever can be reached has heard the worst of all that fires and may be said."""
        state = self.watch.state
        for alert in audible(state.alerts, state.silences, self.now).values():
            if not alert.firing or alert.stage is Stage.ACKNOWLEDGED:
                continue
            if PLAN.quiet.holds(self.now) and PLAN.quiet.waits(alert.severity):
                continue
            for name in self.ears.keys() - self.down:
                ears = self.ears[name]
                heard, _ = ears.heard.get(alert.key, (Severity.OK, self.lived))
                assert alert.severity < ears.channel.min_severity or heard >= alert.severity, alert.key

    def teardown(self) -> None:
        """Let all that is wrong end: then nothing fires, whatever went before."""
        if not hasattr(self, "watch"):
            return
        self.down = set()
        for account in self.accounts.values():
            account.error = None
        for _ in range(60):
            self.time_passes(timedelta(days=1))
        assert self.firing() == []

    def firing(self) -> list[Alert]:
        return [alert for alert in self.watch.state.alerts.values() if alert.firing]

    def order(self, order: Order) -> None:
        done(self.watch.obey(order))
        self.deliver()

    def go_on(self, span: timedelta) -> None:
        self.now += span
        self.lived += span

    def poll_all(self) -> None:
        for name in self.accounts:
            self.poll(name)

    def poll(self, name: str) -> None:
        done(self.watch.poll(name))
        self.deliver()

    def deliver(self) -> None:
        for ears in self.ears.values():
            ears.forget(dict(self.watch.state.alerts))
            due = self.watch.due(ears.channel) if ears.channel.name not in self.down else ()
            for note in due:
                ears.hear(note, self.lived)
            if due:
                done(self.watch.told(due))


TestLife = Life.TestCase
# Without shrinking: it would take minutes, and a life of 25 steps can be read as it is.
TestLife.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)
