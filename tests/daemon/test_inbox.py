"""Orders as files: handed over whole, carried out, answered; garbage is set aside and nothing stops the daemon."""

import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.core.alerting.orders import (
    Acknowledge,
    AddSilence,
    Answer,
    EndSilence,
    Order,
    Refusal,
    Unacknowledge,
    Until,
)
from monitor.core.errors import InboxError
from monitor.daemon.desk import Desk
from monitor.daemon.inbox import LARGEST, LEFT_BEHIND, Inbox, answer_to, hand_over
from tests.core.story import START

HOUR = timedelta(hours=1)
ORDERS: list[Order] = [
    Acknowledge("3f9a1c", "anna", START),
    Acknowledge("3f9a1c", "größer 🐑", START, START + HOUR),
    Acknowledge("threshold:monthly:2026-11-01T00:00Z", "anna", START, Until.DOUBLED),
    Acknowledge("3f9a1c", "anna", START, Until.WINDOW_ENDS),
    Unacknowledge("3f9a1c", "anna", START),
    AddSilence(START + HOUR, "anna", "load test", START, subject="holy*"),
    EndSilence("3f9a1c", "anna", START),
]


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    inbox = Inbox(tmp_path)
    inbox.open()
    return inbox


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "inbox").iterdir())


@pytest.mark.parametrize("order", ORDERS)
def test_what_is_handed_over_is_taken_and_answered(tmp_path: Path, inbox: Inbox, order: Order) -> None:
    handed = hand_over(tmp_path, order)
    assert answer_to(handed) is None

    assert inbox.take() == ((handed, order),)
    inbox.answer(handed, Answer("no", Refusal.OVER))

    assert inbox.take() == ()
    assert answer_to(handed) == Answer("no", Refusal.OVER)
    assert names(tmp_path) == []


def test_the_first_that_was_handed_over_is_taken_first_and_stays_until_it_is_answered(
    tmp_path: Path, inbox: Inbox
) -> None:
    handed = [hand_over(tmp_path, order) for order in ORDERS]

    assert [order for _, order in inbox.take()] == ORDERS
    assert [path for path, _ in inbox.take()] == handed


def test_an_order_is_kept_where_no_daemon_ever_ran(tmp_path: Path) -> None:
    handed = hand_over(tmp_path / "new" / "state", ORDERS[0])

    assert Inbox(tmp_path / "new" / "state").take() == ((handed, ORDERS[0]),)


def test_only_the_owner_may_give_orders(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir(mode=0o777)

    handed = hand_over(tmp_path, ORDERS[0])

    assert (tmp_path / "inbox").stat().st_mode & 0o777 == 0o700
    assert handed.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "inbox").symlink_to(tmp_path)

    with pytest.raises(InboxError, match="is no folder"):
        hand_over(tmp_path, ORDERS[0])
    with pytest.raises(InboxError, match="cannot be used"):
        hand_over(Path("/proc"), ORDERS[0])


def _pipe(path: Path) -> None:
    os.mkfifo(path)


GARBAGE: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "binary": lambda path: path.write_bytes(bytes(range(256))),
    "no order": lambda path: path.write_bytes(b'{"order": "acknowledge"}'),
    "an unknown order": lambda path: path.write_bytes(b'{"order": "stop", "by": "x", "at": "2026-11-10T09:00:00Z"}'),
    "a time without a zone": lambda path: path.write_bytes(
        b'{"order": "end_silence", "silence": "a", "by": "x", "at": "2026-11-10T09:00:00"}'
    ),
    "too long": lambda path: path.write_bytes(b" " * LARGEST + b"{}"),
    "a folder": lambda path: path.mkdir(),
    "a pipe": _pipe,
    "a link": lambda path: path.symlink_to("/etc/passwd"),
}


@pytest.mark.parametrize("kind", list(GARBAGE))
def test_garbage_is_set_aside_and_what_comes_after_it_is_taken(tmp_path: Path, inbox: Inbox, kind: str) -> None:
    GARBAGE[kind](tmp_path / "inbox" / "0.order")
    handed = hand_over(tmp_path, ORDERS[0])

    assert inbox.take() == ((handed, ORDERS[0]),)
    assert names(tmp_path) == ["0.order.rejected", handed.name]
    assert inbox.take() == ((handed, ORDERS[0]),)


def test_a_link_is_set_aside_wherever_it_leads(tmp_path: Path, inbox: Inbox) -> None:
    elsewhere = hand_over(tmp_path / "elsewhere", ORDERS[0])
    (tmp_path / "inbox" / "0.order").symlink_to(elsewhere)

    assert inbox.take() == ()
    assert names(tmp_path) == ["0.order.rejected"]


def test_a_file_of_another_name_is_set_aside(tmp_path: Path, inbox: Inbox) -> None:
    (tmp_path / "inbox" / "notes.txt").write_text("hello")

    assert inbox.take() == ()
    assert names(tmp_path) == ["notes.txt.rejected"]


def test_a_folder_that_has_gone_is_no_order(tmp_path: Path, inbox: Inbox) -> None:
    (tmp_path / "inbox").rmdir()

    assert inbox.take() == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_what_root_hands_over_belongs_to_the_daemon(tmp_path: Path) -> None:
    os.chown(tmp_path, 12_345, 12_346)

    handed = hand_over(tmp_path, ORDERS[0])

    assert [(path.stat().st_uid, path.stat().st_gid) for path in (handed.parent, handed)] == [(12_345, 12_346)] * 2


def test_an_order_that_cannot_be_removed_is_carried_out_once(tmp_path: Path, inbox: Inbox) -> None:
    handed = hand_over(tmp_path, ORDERS[0])
    ((path, _),) = inbox.take()
    handed.unlink()
    handed.mkdir()  # Nothing that `unlink` removes.

    inbox.answer(path, Answer("done"))

    assert inbox.take() == ()
    assert handed.exists()


def test_what_nobody_fetches_goes_and_what_was_rejected_stays(tmp_path: Path, inbox: Inbox) -> None:
    old = time.time() - LEFT_BEHIND - 60
    for name in ("a.answer", ".b.order.new", "c.rejected"):
        (tmp_path / "inbox" / name).touch()
        os.utime(tmp_path / "inbox" / name, (old, old))
    (tmp_path / "inbox" / "d.answer").touch()

    inbox.take()

    assert names(tmp_path) == ["c.rejected", "d.answer"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.binary(max_size=200)
    | st.text(max_size=50).map(lambda text: f'{{"order": "acknowledge", "alert": "{text}"'.encode())
)
def test_no_bytes_stop_the_daemon(tmp_path: Path, inbox: Inbox, content: bytes) -> None:
    (tmp_path / "inbox" / "x.order").write_bytes(content)

    assert inbox.take() == ()
    (tmp_path / "inbox" / "x.order.rejected").unlink()


class Office:
    """What the desk asks of the daemon: remembers what it obeyed, and may have a bug."""

    def __init__(self, inbox: Inbox) -> None:
        self.obeyed: list[Order] = []
        self.stirred = 0
        self.broken = False
        self.bug: Exception | None = None
        self.looks = 0
        self.desk = Desk(inbox, self.obey, self.in_turn, self.stir, pause=self.pause)

    async def obey(self, order: Order) -> Answer:
        if self.broken:
            raise ZeroDivisionError
        self.obeyed.append(order)
        return Answer("done")

    async def in_turn(self, work: Callable[[], Any]) -> Any:
        return work()

    def stir(self) -> None:
        if self.bug is not None:
            raise self.bug
        self.stirred += 1

    async def pause(self, _seconds: float) -> None:
        self.looks += 1
        if self.looks > 3:
            raise InterruptedError


async def test_the_desk_carries_out_at_its_start_what_was_kept(tmp_path: Path) -> None:
    handed = hand_over(tmp_path, ORDERS[0])
    office = Office(Inbox(tmp_path))

    await office.desk.open()

    assert office.obeyed == [ORDERS[0]]
    assert answer_to(handed) == Answer("done")


async def test_the_desk_looks_again_and_again_and_stirs_the_watch(tmp_path: Path, inbox: Inbox) -> None:
    office = Office(inbox)
    hand_over(tmp_path, ORDERS[0])

    with pytest.raises(InterruptedError):
        await office.desk.run()

    assert (office.obeyed, office.stirred) == ([ORDERS[0]], 3)


async def test_an_order_that_hits_a_bug_is_answered_and_the_next_is_carried_out(tmp_path: Path, inbox: Inbox) -> None:
    office = Office(inbox)
    office.broken = True
    handed = hand_over(tmp_path, ORDERS[0])
    await office.desk.take()
    answer = answer_to(handed)
    assert answer is not None
    assert answer.refused is Refusal.IMPOSSIBLE

    office.broken = False
    hand_over(tmp_path, ORDERS[1])
    await office.desk.take()

    assert office.obeyed == [ORDERS[1]]


async def test_a_bug_does_not_end_the_desk(tmp_path: Path, inbox: Inbox) -> None:
    office = Office(inbox)
    office.bug = ZeroDivisionError()
    hand_over(tmp_path, ORDERS[0])

    with pytest.raises(InterruptedError):
        await office.desk.run()

    assert (office.looks, office.obeyed) == (4, [ORDERS[0]])


async def test_a_crash_before_the_answer_repeats_the_order(tmp_path: Path, inbox: Inbox) -> None:
    hand_over(tmp_path, ORDERS[0])
    dying = Office(inbox)

    async def dies(work: Callable[[], Any]) -> Any:
        if work == inbox.take:
            return inbox.take()
        raise SystemExit

    with pytest.raises(SystemExit):
        await Desk(inbox, dying.obey, dies, dying.stir).take()
    reborn = Office(Inbox(tmp_path))
    await reborn.desk.open()

    assert dying.obeyed == reborn.obeyed == [ORDERS[0]]


async def test_an_inbox_that_cannot_be_made_does_not_keep_the_daemon_from_starting(tmp_path: Path) -> None:
    (tmp_path / "inbox").touch()
    office = Office(Inbox(tmp_path))

    await office.desk.open()
    await office.desk.take()

    assert office.obeyed == []


def test_orders_from_many_commands_at_once_are_all_taken(tmp_path: Path, inbox: Inbox) -> None:
    threads = [threading.Thread(target=hand_over, args=(tmp_path, order)) for order in ORDERS * 5]
    for thread in threads:
        thread.start()
    taken: list[Path] = []
    while any(thread.is_alive() for thread in threads):
        taken += [path for path, _ in inbox.take()]
    taken += [path for path, _ in inbox.take()]

    assert len(set(taken)) == len(ORDERS) * 5
    assert not [name for name in names(tmp_path) if name.endswith(".rejected")]
