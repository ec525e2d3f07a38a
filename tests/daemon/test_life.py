"""Snoozes, silences and quiet hours over whole stories, and over restarts."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from monitor.core.alerting.alerts import Stage
from monitor.core.alerting.events import What
from monitor.core.alerting.orders import Acknowledge, AddSilence, EndSilence, Refusal, Unacknowledge, Until
from monitor.core.alerting.quiet import Quiet, QuietHours
from monitor.core.budgets import Severity
from monitor.core.channels import Channel
from tests.core.story import START
from tests.daemon.household import Household

HOUR = timedelta(hours=1)
NIGHT = Quiet((QuietHours(time(22), time(7)),))
MIDNIGHT = datetime(2026, 11, 10, 0, tzinfo=UTC)
OPS, BOSS = Channel("ops"), Channel("boss", Severity.CRITICAL)
SEVENTY_FIVE, NINETY_TWO = "75% of the monthly budget", "92% of the monthly budget"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Household]:
    house = Household(tmp_path)
    yield house
    house.close()


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Household]:
    """Yield a household at midnight, quiet from 22:00 to 07:00; the boss hears what is critical."""
    house = Household(tmp_path, OPS, BOSS, quiet=NIGHT, now=MIDNIGHT)
    yield house
    house.close()


def ack(house: Household, until: datetime | Until | None = None) -> Acknowledge:
    return Acknowledge(house.key, "anna", house.now, until)


async def test_an_acknowledged_alert_is_quiet_over_a_restart_and_its_end_is_told(house: Household) -> None:
    await house.spend(96)
    await house.order(ack(house))
    house.restart()

    assert await house.later(hours=30).spend(97) == []
    assert await house.later(minutes=1).spend(40) == ["ops: resolved holysheep: 40% of the monthly budget"]
    assert house.whats() == [What.FIRED, What.ACKNOWLEDGED, What.RESOLVED]


async def test_the_end_of_a_snooze_says_the_alert_again_once(house: Household) -> None:
    await house.spend(75)
    await house.order(ack(house, START + HOUR))

    assert await house.later(minutes=59).spend(75) == []
    assert await house.later(minutes=1).spend(75) == [f"ops: reminder holysheep: {SEVENTY_FIVE}"]
    assert await house.later(hours=9).spend(75) == []


async def test_a_snooze_that_ended_while_nobody_watched_is_said_after_the_restart(house: Household) -> None:
    await house.spend(75)
    await house.order(ack(house, START + HOUR))
    house.restart()

    assert await house.later(hours=2).spend(75) == [f"ops: reminder holysheep: {SEVENTY_FIVE}"]
    house.restart()
    assert await house.later(minutes=1).spend(75) == []


@pytest.mark.parametrize("until", [None, START + 4 * HOUR, Until.DOUBLED, Until.WINDOW_ENDS])
@pytest.mark.parametrize("restarts", [False, True])
async def test_a_snooze_of_any_kind_is_broken_when_it_gets_worse(
    house: Household, until: datetime | Until | None, *, restarts: bool
) -> None:
    await house.spend(75)
    await house.order(ack(house, until))
    if restarts:
        house.restart()

    assert await house.later(minutes=1).spend(76) == []
    assert await house.later(minutes=1).spend(92) == [f"ops: escalated holysheep: {NINETY_TWO}"]
    assert await house.later(minutes=1).spend(92) == []


async def test_a_snooze_until_doubled_ends_at_twice_of_it(house: Household) -> None:
    await house.spend(96)
    await house.order(ack(house, Until.DOUBLED))

    assert await house.later(hours=9).spend(191) == []
    assert await house.later(minutes=1).spend(192) == ["ops: reminder holysheep: 192% of the monthly budget"]


async def test_a_snooze_until_the_window_ends_ends_without_a_word(house: Household) -> None:
    await house.spend(75)
    await house.order(ack(house, Until.WINDOW_ENDS))

    assert await house.at(datetime(2026, 12, 1, 0, 1, tzinfo=UTC)).spend(1) == []
    assert await house.later(days=4).spend(1) == []
    assert house.whats()[-1] is What.DROPPED


async def test_what_is_no_longer_acknowledged_is_said_again(house: Household) -> None:
    await house.spend(75)
    await house.order(ack(house))

    await house.later(minutes=1).order(Unacknowledge(house.key, "bert", house.now))

    assert await house.deliver() == [f"ops: reminder holysheep: {SEVENTY_FIVE}"]
    assert house.events[-1].by == "bert"
    house.restart()
    assert await house.deliver() == []


async def test_an_order_is_saved_before_it_is_answered_and_a_refused_one_changes_nothing(house: Household) -> None:
    await house.spend(75)
    answer = await house.order(Acknowledge("nobody", "anna", house.now))
    assert answer.refused is Refusal.UNKNOWN

    await house.order(ack(house))
    house.restart()

    assert house.watch.state.alerts[house.key].stage is Stage.ACKNOWLEDGED


async def test_a_silence_holds_over_a_restart_and_what_still_fires_is_told_at_its_end(house: Household) -> None:
    await house.order(AddSilence(START + HOUR, "anna", "load test", START, key="threshold:*"))
    house.restart()
    assert await house.spend(96) == []
    house.restart()

    assert await house.later(minutes=59).spend(97) == []
    assert await house.later(minutes=1).deliver() == ["ops: first holysheep: 97% of the monthly budget"]


async def test_the_channels_are_woken_when_a_silence_begins_ends_by_itself_or_is_ended(house: Household) -> None:
    def woken() -> bool:
        before = house.wakes
        house.watch.stir()
        return house.wakes > before

    assert not woken()
    await house.order(AddSilence(START + HOUR, "anna", "", START, rule="quota"))
    assert (woken(), woken()) == (True, False)
    house.later(hours=1)
    assert (woken(), woken()) == (True, False)
    await house.order(AddSilence(house.now + HOUR, "anna", "", START, rule="quota"))
    assert woken()
    await house.order(EndSilence(house.watch.state.silences[0].id, "anna", house.now))
    assert (woken(), woken()) == (True, False)


async def test_the_channels_are_woken_when_the_quiet_hours_end(night: Household) -> None:
    night.watch.stir()
    before = night.wakes

    night.later(hours=6, minutes=59).watch.stir()
    assert night.wakes == before
    night.later(minutes=1).watch.stir()
    assert night.wakes == before + 1


async def test_a_warning_waits_for_the_morning_and_is_told_then_if_it_still_holds(night: Household) -> None:
    assert await night.spend(75) == []
    assert await night.at(MIDNIGHT + timedelta(hours=6, minutes=59)).spend(76) == []
    night.restart()

    assert await night.later(minutes=1).spend(76) == ["ops: first holysheep: 76% of the monthly budget"]


async def test_what_is_critical_does_not_wait_and_neither_does_its_end(night: Household) -> None:
    assert await night.spend(75) == []
    assert await night.later(minutes=1).spend(92) == [
        f"ops: first holysheep: {NINETY_TWO}",
        f"boss: first holysheep: {NINETY_TWO}",
    ]
    assert len(await night.later(minutes=1).spend(40)) == 2
    assert await night.later(hours=8).spend(40) == []


async def test_below_emergency_even_what_is_critical_waits_but_an_emergency_never(tmp_path: Path) -> None:
    house = Household(tmp_path, quiet=Quiet(NIGHT.hours, below=Severity.EMERGENCY), now=MIDNIGHT)

    assert await house.spend(92) == []
    assert await house.later(minutes=1).spend(96) == ["ops: first holysheep: 96% of the monthly budget"]
    house.close()


async def test_the_end_of_a_warning_of_the_day_waits_for_the_morning(night: Household) -> None:
    assert len(await night.at(MIDNIGHT + timedelta(hours=12)).spend(75)) == 1

    assert await night.later(hours=11).spend(40) == []
    night.restart()
    assert await night.later(hours=8).spend(40) == ["ops: resolved holysheep: 40% of the monthly budget"]


async def test_what_came_and_went_in_the_night_is_summed_up_once_in_the_morning(night: Household) -> None:
    await night.spend(75)
    await night.later(minutes=10).spend(40)
    night.restart()
    assert await night.later(hours=2).spend(40) == []

    morning = night.at(MIDNIGHT + timedelta(hours=7))
    (note,) = morning.watch.due(OPS)
    assert (note.alert.since, note.alert.ended) == (MIDNIGHT, MIDNIGHT + timedelta(minutes=10))
    assert await morning.spend(40) == [f"ops: held holysheep: {SEVENTY_FIVE}"]
    night.restart()
    assert await night.later(minutes=1).spend(40) == []


async def test_a_channel_that_fails_in_the_morning_hears_the_sum_when_it_is_back(night: Household) -> None:
    await night.spend(75)
    await night.later(minutes=10).spend(40)
    await night.at(MIDNIGHT + timedelta(hours=7)).deliver("ops")
    night.restart()

    assert await night.later(hours=3).deliver() == [f"ops: held holysheep: {SEVENTY_FIVE}"]


async def test_what_ended_while_the_daemon_was_down_in_the_morning_is_summed_up_too(night: Household) -> None:
    await night.spend(75)
    night.restart()

    assert await night.later(hours=9).spend(40) == [f"ops: held holysheep: {SEVENTY_FIVE}"]


async def test_what_came_and_went_twice_is_summed_up_as_it_last_was(night: Household) -> None:
    for minute, amount in enumerate((75, 40, 80, 40)):
        await night.at(MIDNIGHT + timedelta(minutes=minute)).spend(amount)

    assert await night.at(MIDNIGHT + timedelta(hours=7)).spend(40) == ["ops: held holysheep: 80% of the monthly budget"]


async def test_what_fires_again_in_the_morning_is_said_as_such(night: Household) -> None:
    for minute, amount in enumerate((75, 40, 80)):
        await night.at(MIDNIGHT + timedelta(minutes=minute)).spend(amount)

    assert await night.at(MIDNIGHT + timedelta(hours=7)).spend(80) == [
        "ops: first holysheep: 80% of the monthly budget"
    ]
    assert await night.later(minutes=1).spend(40) == ["ops: resolved holysheep: 40% of the monthly budget"]


async def nothing_in_the_morning(house: Household) -> bool:
    await house.later(minutes=10).spend(40)
    return await house.at(MIDNIGHT + timedelta(hours=7)).spend(40) == []


async def test_what_began_by_day_and_reached_nobody_is_not_summed_up(night: Household) -> None:
    night.account.spent = 75
    await night.at(MIDNIGHT - timedelta(hours=3)).watch.poll("holysheep")  # Told to nobody: the channel is down.

    assert await nothing_in_the_morning(night.at(MIDNIGHT))


async def test_what_was_silenced_is_not_summed_up(night: Household) -> None:
    await night.order(AddSilence(MIDNIGHT + HOUR, "anna", "", night.now, key="*"))
    await night.spend(75)

    assert await nothing_in_the_morning(night)


async def test_what_was_acknowledged_is_not_summed_up(night: Household) -> None:
    await night.spend(75)
    await night.order(ack(night))

    assert await nothing_in_the_morning(night)


async def test_what_was_told_in_the_night_as_it_was_bad_is_not_summed_up(tmp_path: Path) -> None:
    house = Household(tmp_path, Channel("ops", resolved=False), quiet=NIGHT, now=MIDNIGHT)
    assert len(await house.spend(92)) == 1
    assert await house.later(minutes=1).spend(75) == []

    assert await nothing_in_the_morning(house)
    house.close()


async def test_what_a_channel_would_not_have_heard_is_not_summed_up_for_it(night: Household) -> None:
    await night.spend(75)
    await night.later(minutes=10).spend(40)
    night.at(MIDNIGHT + timedelta(hours=7))

    assert night.watch.due(BOSS) == ()
    assert night.watch.due(Channel("ops")) != ()
