"""One poll to its end, whatever the source and the disk do."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from monitor.core.budgets import Budget, Severity
from monitor.core.channels import Channel, ChannelState
from monitor.core.errors import SnapshotError, SourceDrifted, SourceError, SourceRefused, SourceUnavailable
from monitor.core.money import Money
from monitor.core.plan import Plan, Watched
from monitor.core.spending.health import Fault
from monitor.core.spending.readings import Observation, Reading
from monitor.core.spending.source import SourceState
from monitor.core.spending.spend import Spend
from monitor.core.state import State
from monitor.core.windows import Period
from monitor.daemon.poll import Watch
from tests.core.story import OPS, START, usd

MINUTE = timedelta(minutes=1)


class Account:
    """Answers what it was last set to: an amount of this month, or an error."""

    def __init__(self, says: int | str | Exception = 0) -> None:
        self.says = says
        self.beside: SourceError | None = None
        self.closed_for: timedelta | None = None

    async def fetch(self, now: datetime) -> Observation:
        if isinstance(self.says, Exception):
            raise self.says
        month = Period.MONTH.window(now, START.tzinfo)  # type: ignore[arg-type]
        readings = (Reading(month, usd(self.says)),)
        return Observation(readings, now, timedelta(), error=self.beside, closed_for=self.closed_for)


class Disk:
    """Keeps what is saved, unless it is full."""

    def __init__(self) -> None:
        self.full = False
        self.broken = ""
        self.saved: list[str] = []
        self.states: list[State] = []

    async def save_source(self, name: str, source: SourceState) -> None:  # noqa: ARG002
        self._write(name)

    async def save_alerts(self, state: State) -> None:
        self._write("alerts")
        self.states.append(state)

    def _write(self, what: str) -> None:
        if what == self.broken:
            raise TypeError("cannot be written as JSON")
        if self.full:
            raise SnapshotError(f"{what}.json cannot be written: No space left on device")
        self.saved.append(what)


class World:
    def __init__(self, *names: str) -> None:
        names = names or ("holysheep",)
        self.now = START
        self.accounts = {name: Account() for name in names}
        self.disk = Disk()
        self.changes = 0
        plan = Plan(
            {name: Watched(name, "holysheep", key_variable="KEY") for name in names},
            (Budget("monthly", usd(100)),),
            channels=(OPS, Channel("pager")),
        )
        state = State({name: SourceState(Spend("USD")) for name in names})
        self.watch = Watch(plan, state, self.accounts, self.disk, lambda: self.now, random.Random(1))  # noqa: S311
        self.watch.on_change = self._changed

    def _changed(self) -> None:
        self.changes += 1

    async def poll(self, says: int | str | Exception, name: str = "holysheep") -> timedelta | None:
        self.now += MINUTE
        self.accounts[name].says = says
        return await self.watch.poll(name)

    def spent(self, name: str = "holysheep") -> Money | None:
        month = Period.MONTH.window(self.now, START.tzinfo)  # type: ignore[arg-type]
        return self.watch.state.sources[name].spend.spent(month, self.now)

    def firing(self) -> dict[str, Severity]:
        return {key: alert.severity for key, alert in self.watch.state.alerts.items() if alert.firing}

    def due(self, channel: Channel = OPS) -> Sequence[str]:
        return [note.alert.summary for note in self.watch.due(channel)]


async def test_a_good_poll_is_recorded_judged_saved_and_told() -> None:
    world = World()

    assert await world.poll(75) is None

    assert world.spent() == usd(75)
    assert world.due() == ["holysheep: 75% of the monthly budget"]
    assert world.disk.saved == ["alerts", "holysheep"]
    assert world.changes == 1


@pytest.mark.parametrize(("closed", "wait"), [(5 * MINUTE, 5 * MINUTE), (MINUTE / 2, None)])
async def test_a_provider_that_lets_in_no_more_requests_is_left_alone_for_so_long(
    closed: timedelta, wait: timedelta | None
) -> None:
    world = World()
    world.accounts["holysheep"].closed_for = closed

    assert await world.poll(5) == wait
    assert world.spent() == usd(5)


async def test_alerts_are_written_only_when_what_was_said_of_them_changes() -> None:
    world = World()
    for amount in (75, 76, 77):
        await world.poll(amount)

    assert world.disk.saved == ["alerts", "holysheep", "holysheep", "holysheep"]


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (SourceUnavailable("503"), Fault.UNAVAILABLE),
        (SourceRefused("401"), Fault.REFUSED),
        (SourceDrifted("no cost"), Fault.DRIFTED),
        (ZeroDivisionError("secret"), Fault.BUG),
    ],
)
async def test_a_failure_keeps_the_last_figures_and_marks_the_source(error: Exception, fault: Fault) -> None:
    world = World()
    await world.poll(75)

    assert await world.poll(error) is not None

    source = world.watch.state.sources["holysheep"]
    assert world.spent() == usd(75)
    assert source.spend.as_of == START + MINUTE
    assert source.health.fault is fault
    assert source.health.last_success == START + MINUTE
    assert "secret" not in (source.health.error or "")
    assert list(world.firing().values()) == [Severity.WARNING]


async def test_a_bug_in_one_source_leaves_the_others_alone() -> None:
    world = World("holysheep", "openai")
    await world.poll(KeyError("cost"), "holysheep")

    await world.poll(75, "openai")

    assert world.spent("openai") == usd(75)
    assert world.watch.state.sources["holysheep"].health.fault is Fault.BUG
    assert world.due() == ["all sources: 75% of the monthly budget"]


async def test_figures_that_our_own_judging_cannot_bear_are_a_failed_poll_and_an_alert_when_it_lasts() -> None:
    world = World("holysheep", "openai")
    await world.poll(75)
    for _ in range(12):
        await world.poll("sNaN")
        await world.poll(5, "openai")

    assert world.spent() == usd(75)
    assert world.watch.state.sources["holysheep"].health.fault is Fault.BUG
    assert world.watch.state.sources["openai"].health.fault is None
    assert world.firing() == {
        "no_data:holysheep": Severity.WARNING,
        "threshold:monthly:2026-11-01T00:00Z": Severity.WARNING,
    }


async def test_a_bug_is_an_alert_when_it_lasts() -> None:
    world = World()
    for _ in range(12):
        await world.poll(KeyError("cost"))

    assert world.firing() == {"no_data:holysheep": Severity.WARNING}


async def test_readings_beside_an_error_count() -> None:
    world = World()
    world.accounts["holysheep"].beside = SourceUnavailable("limits: 503")

    assert await world.poll(75) is not None
    assert world.spent() == usd(75)
    assert world.watch.state.sources["holysheep"].health.fault is Fault.UNAVAILABLE


async def test_the_providers_wish_is_the_least_wait() -> None:
    wait = await World().poll(SourceUnavailable("429", retry_after=timedelta(minutes=7)))

    assert wait is not None
    assert wait >= timedelta(minutes=7)


async def test_a_disk_that_is_full_is_an_alert_and_alerting_goes_on() -> None:
    world = World()
    world.disk.full = True
    await world.poll(75)
    await world.poll(92)

    assert world.firing()["snapshot"] is Severity.WARNING
    assert world.due() == ["holysheep: 92% of the monthly budget", "state folder: cannot be written"]


async def test_a_disk_that_has_room_again_is_said_and_loses_nothing() -> None:
    world = World()
    world.disk.full = True
    await world.poll(75)
    await world.watch.told(world.watch.due(OPS))
    await world.poll(76)
    world.disk.full = False
    await world.poll(77)

    assert world.due() == ["state folder: is written again"]
    await world.watch.told(world.watch.due(OPS))
    assert "snapshot" not in world.firing()
    assert world.disk.states[-1].log.last("ops", "threshold:monthly:2026-11-01T00:00Z") is not None


async def test_a_bug_in_saving_one_source_is_an_alert_and_nothing_else_stops(
    capfd: pytest.CaptureFixture[str],
) -> None:
    world = World("openai", "anthropic")
    world.disk.broken = "openai"
    for spent in (10, 92):
        assert await world.poll(spent, "openai") is None
        await world.poll(1, "anthropic")

    assert world.firing() == {"threshold:monthly:2026-11-01T00:00Z": Severity.CRITICAL, "snapshot": Severity.WARNING}
    assert "a bug in spend-monitor (TypeError) while saving source openai" in str(world.watch.state.saving.error)
    assert world.disk.saved[-1] == "anthropic"
    assert "".join(capfd.readouterr()).count("saving hit a bug") == 1

    world.disk.broken = ""
    await world.poll(92, "openai")
    assert "snapshot" not in world.firing()


async def test_a_bug_in_saving_what_was_said_loses_nothing_of_it() -> None:
    world = World()
    world.disk.broken = "alerts"
    await world.poll(75)
    await world.watch.told(world.watch.due(OPS))
    world.disk.broken = ""
    await world.poll(76)

    assert world.disk.states[-1].log.last("ops", "threshold:monthly:2026-11-01T00:00Z") is not None


async def test_what_was_said_while_the_disk_was_full_is_written_when_it_has_room() -> None:
    world = World()
    pager = Channel("pager", min_severity=Severity.CRITICAL)  # Hears nothing of the disk.
    world.disk.full = True
    await world.poll(92)
    await world.watch.told(world.watch.due(pager))
    world.disk.full = False
    await world.poll(92)

    (entry,) = world.disk.states[-1].log.entries
    assert (entry.channel, entry.severity) == ("pager", Severity.CRITICAL)


async def test_an_end_that_waits_for_a_channel_is_written_once() -> None:
    world = World()
    await world.poll(75)
    await world.watch.told(world.watch.due(OPS))
    for _ in range(3):
        await world.poll(40)

    assert world.due() == ["holysheep: 40% of the monthly budget"]
    assert world.disk.saved.count("alerts") == 3


async def test_a_delivery_is_logged_and_saved() -> None:
    world = World()
    await world.poll(75)

    await world.watch.told(world.watch.due(OPS))

    assert world.due() == []
    assert world.disk.saved[-1] == "alerts"
    assert world.disk.states[-1].log == world.watch.state.log


async def test_a_channel_that_fails_for_good_is_told_on_the_others_before_the_next_poll() -> None:
    world = World()
    await world.poll(10)
    looked = world.watch.state.sources

    world.watch.hear(ChannelState("pager").failed("404", world.now, permanent=True))

    assert world.firing() == {"channel:pager": Severity.CRITICAL}
    assert world.due() == ["channel pager: fails, and will until somebody mends it"]
    assert world.due(Channel("pager")) == []
    assert world.watch.state.sources is looked

    world.watch.hear(ChannelState("pager").delivered(world.now))

    assert world.firing() == {}
