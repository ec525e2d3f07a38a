"""The promise: each threshold is told once, on time, whatever happens in between."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.world import KEY, World, account_server
from tests.daemon.receivers import http_receiver, wait_until


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with account_server() as account, http_receiver() as channel:
        world = World(tmp_path, account, channel)
        try:
            yield world
        finally:
            world.close()


def title(severity: str, share: str) -> str:
    return f"[{severity}] holysheep: {share} of the monthly budget"


CLIMB = [title("WARNING", "75%"), title("CRITICAL", "92%"), title("EMERGENCY", "96%")]


def climb(world: World) -> None:
    world.some_polls()
    for number, amount in enumerate(("75", "92", "96"), 1):
        world.spend(amount, number)


def stop(world: World) -> float:
    """Stop the last daemon as a service manager does; return the seconds that it took."""
    began = time.monotonic()
    world.daemons[-1].send_signal(signal.SIGTERM)
    assert world.daemons[-1].wait(10) == 0
    return time.monotonic() - began


def test_a_climb_is_three_messages_and_a_restart_none_and_a_correction_one(world: World) -> None:
    world.start()
    climb(world)
    world.some_polls()
    assert world.titles() == CLIMB

    stop(world)
    world.start()
    world.some_polls()
    assert world.titles() == CLIMB

    world.spend("40", 4)
    world.some_polls()
    assert world.titles() == [*CLIMB, title("RESOLVED", "40%")]
    assert KEY not in world.log.read_text()
    assert world.account.strangers == []


def test_half_of_the_budget_is_no_message(world: World) -> None:
    world.start()
    world.some_polls(6)

    assert world.channel.requests == []


def test_what_crossed_while_the_channel_was_down_is_told_once_when_it_is_back(world: World) -> None:
    world.channel.status = 503
    world.start()
    for amount in ("75", "92"):
        world.account.spent = amount
        world.some_polls()
    wait_until(lambda: bool(world.channel.requests), 20)
    assert world.logged("told") == 0
    world.channel.status = 200

    world.spend("92", 1)
    world.some_polls()

    assert world.logged("told") == 1
    assert world.titles()[-1] == title("CRITICAL", "92%")


def test_what_crossed_while_the_daemon_was_down_is_told_at_the_start(world: World) -> None:
    world.start()
    world.some_polls()
    stop(world)
    world.account.spent = "92"
    world.start()
    world.spend("92", 1)
    world.some_polls()

    assert world.titles() == [title("CRITICAL", "92%")]


def test_a_provider_that_fails_for_a_while_is_no_drop_and_no_second_message(world: World) -> None:
    world.start()
    world.spend("75", 1)
    world.account.status = 503
    wait_until(lambda: world.logged("poll failed") == 1, 20)
    world.account.status = 200
    wait_until(lambda: world.logged("poll succeeds again") == 1, 20)
    world.some_polls()

    assert world.titles() == CLIMB[:1]


def test_a_damaged_state_file_is_set_aside_and_watching_goes_on(world: World) -> None:
    world.start()
    world.spend("75", 1)
    stop(world)
    damaged = world.folder / "state" / "sources" / "holysheep.json"
    damaged.write_bytes(damaged.read_bytes()[:100])
    world.start()
    world.spend("92", 2)

    assert world.titles() == CLIMB[:2]
    assert world.logged("a state file could not be read; starting without it") == 1
    assert damaged.with_name("holysheep.json.damaged").stat().st_size == 100


def test_a_killed_daemon_tells_nothing_twice_and_goes_on(world: World) -> None:
    world.start()
    world.some_polls()
    world.spend("75", 1)
    for number, amount in ((2, "92"), (3, "96")):
        world.daemons[-1].kill()
        world.daemons[-1].wait()
        world.start()
        world.some_polls()
        assert len(world.channel.requests) == number - 1
        world.spend(amount, number)

    assert world.titles() == CLIMB


def test_a_stop_is_clean_and_quick(world: World) -> None:
    world.start()
    world.some_polls()

    assert stop(world) < 5
    assert world.logged("stopped") == 1


def test_a_stop_does_not_wait_for_a_channel_that_hangs(world: World) -> None:
    world.channel.hang = True
    world.start()
    world.account.spent = "75"
    wait_until(lambda: bool(world.channel.requests), 20)

    assert stop(world) < 10


def test_a_second_daemon_on_one_state_folder_is_refused(world: World) -> None:
    world.start()
    world.some_polls()

    second = world.run("run")

    assert second.returncode == 3
    assert "in use by another spend-monitor" in second.stdout
    assert world.daemons[0].poll() is None


def test_a_state_folder_that_cannot_be_used_is_said(world: World) -> None:
    done = world.run("run", MONITOR_STATE_DIR="/proc/spend-monitor")

    assert done.returncode == 3
    assert "/proc/spend-monitor cannot be used" in done.stdout


def test_wrong_settings_are_listed_all_at_once_without_secrets(world: World) -> None:
    done = world.run(
        "run",
        MONITOR_MONTHLY_BUDGET="lots",
        MONITOR_POLL_INTERVALL="3",
        MONITOR_TIMEZONE="Mars/Olympus",
        MONITOR_NOTIFY="nonsense://token-abc",
    )

    assert done.returncode == 2
    for variable in ("MONITOR_MONTHLY_BUDGET", "MONITOR_POLL_INTERVALL", "MONITOR_TIMEZONE", "MONITOR_NOTIFY"):
        assert f"\n  {variable} " in done.stderr
    assert "did you mean MONITOR_POLL_INTERVAL?" in done.stderr
    assert KEY not in done.stderr
    assert "token-abc" not in done.stderr


@pytest.mark.parametrize(("spent", "code"), [("50", 0), ("75", 1), ("92", 2)])
def test_check_answers_as_monitoring_plugins_do(world: World, spent: str, code: int) -> None:
    world.account.spent = spent

    assert world.run("check").returncode == code


def test_check_of_a_source_that_fails_is_unknown(world: World) -> None:
    world.account.status = 503

    assert world.run("check").returncode == 3


def test_doctor_check_and_status_say_what_is_not_seen_yet(world: World) -> None:
    said = [world.run(command).stdout for command in ("doctor", "check", "status")]

    assert [text.count("spikes of holysheep are not seen yet: still learning") for text in said] == [1, 1, 1]
