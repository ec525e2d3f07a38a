import os
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.daemon.systemd import Systemd


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """The service manager's end of a real notification socket, and the address as systemd would write it."""
    name = str(tmp_path / "n") if request.param == "path" else f"@spend-monitor-{os.getpid()}-{id(request)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(name.replace("@", "\0", 1) if request.param == "abstract" else name)
        receiver.settimeout(2)
        yield receiver, name


def test_every_message_arrives_as_the_protocol_writes_it(manager: tuple[socket.socket, str]) -> None:
    receiver, address = manager
    systemd = Systemd({"NOTIFY_SOCKET": address})
    systemd.ready("watching 3 sources")
    assert receiver.recv(4096) == b"READY=1\nSTATUS=watching 3 sources"
    systemd.status("97.5 of 100 USD, €")
    assert receiver.recv(4096).decode() == "STATUS=97.5 of 100 USD, €"
    systemd.watchdog()
    assert receiver.recv(4096) == b"WATCHDOG=1"
    systemd.stopping()
    assert receiver.recv(4096) == b"STOPPING=1"


def test_a_status_cannot_smuggle_another_assignment_in(manager: tuple[socket.socket, str]) -> None:
    receiver, address = manager
    Systemd({"NOTIFY_SOCKET": address}).status("a provider said:\nMAINPID=1\r\nhello")
    assert receiver.recv(4096) == b"STATUS=a provider said: MAINPID=1 hello"


@pytest.mark.parametrize(
    "environ",
    [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "/nowhere/at/all"}, {"NOTIFY_SOCKET": "@nobody-listens-here"},
     {"NOTIFY_SOCKET": "/" + "x" * 300}, {"NOTIFY_SOCKET": "/a\0b"}],
)  # fmt: skip
def test_without_a_manager_that_listens_nothing_is_raised(environ: dict[str, str]) -> None:
    systemd = Systemd(environ)
    systemd.ready("up \udcff")
    systemd.status("up")
    systemd.watchdog()
    systemd.stopping()


def test_a_manager_whose_queue_is_full_does_not_hold_us(manager: tuple[socket.socket, str]) -> None:
    receiver, address = manager
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as busy:
        busy.setblocking(False)  # noqa: FBT003
        busy.connect(receiver.getsockname())
        with pytest.raises(BlockingIOError):
            while True:
                busy.send(b"STATUS=busy")
    begun = time.monotonic()
    Systemd({"NOTIFY_SOCKET": address}).watchdog()
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize(
    ("environ", "interval"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "180000000"}, timedelta(seconds=90)),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}, timedelta(seconds=1.5)),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid() + 1)}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "-5"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "9" * 40}, None),
    ],
)
def test_the_watchdog_is_fed_at_half_its_time_and_only_when_it_watches_us(
    environ: dict[str, str], interval: timedelta | None
) -> None:
    assert Systemd(environ).watchdog_interval == interval
