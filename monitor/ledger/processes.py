"""Every ledger of this process: closed at its end, and kept whole when it forks."""

import atexit
import os
import threading
import weakref
from typing import Protocol


class Open(Protocol):
    """What has files open that a fork must not share."""

    def close(self) -> None: ...

    def before_fork(self) -> None: ...

    def after_fork(self) -> None: ...

    def in_child(self) -> None: ...


_LEDGERS: weakref.WeakSet[Open] = weakref.WeakSet()


class _Held(threading.local):
    """Those that the fork of a thread has locked: other threads may make and drop some meanwhile."""

    ledgers: tuple[Open, ...] = ()


_HELD = _Held()


def remember(ledger: Open) -> None:
    """Take care of a ledger for as long as anybody has it."""
    _LEDGERS.add(ledger)


def close_all() -> None:
    """Close every ledger of this process, as its end does."""
    for ledger in tuple(_LEDGERS):
        ledger.close()


def _before_fork() -> None:
    _HELD.ledgers = tuple(_LEDGERS)
    for ledger in _HELD.ledgers:
        ledger.before_fork()


def _after_fork() -> None:
    for ledger in _HELD.ledgers:
        ledger.after_fork()
    _HELD.ledgers = ()


def _in_child() -> None:
    _HELD.ledgers = ()
    for ledger in tuple(_LEDGERS):
        ledger.in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_in_child)
atexit.register(close_all)
