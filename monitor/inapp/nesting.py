"""A function that is tracked or tried again may send its requests through what is tracked itself: they count once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path


class Nest:
    """What runs within one such function; `requests` of it were recorded by themselves."""

    def __init__(self) -> None:
        self.requests = 0
        self._outer = _CURRENT.get()
        self._ledger: Path | None = None
        self._release: Callable[[], None] | None = None

    def guard(self, ledger: Path, release: Callable[[], None]) -> None:
        """Say where money is set aside for all that runs within, and how it is given back."""
        self._ledger, self._release = ledger, release

    def make_way(self, ledger: Path) -> None:
        """Give back what is held in this ledger, here and further out: what is reserved within counts instead."""
        if self._release is not None and self._ledger == ledger:
            self._release()
        if self._outer is not None:
            self._outer.make_way(ledger)

    @contextmanager
    def entered(self) -> Iterator[None]:
        token = _CURRENT.set(self)
        try:
            yield
        finally:
            _CURRENT.reset(token)

    def count(self) -> None:
        self.requests += 1
        if self._outer is not None:
            self._outer.count()


_CURRENT: ContextVar[Nest | None] = ContextVar("monitor_nest", default=None)


def count_request() -> None:
    """Tell the functions around the caller that a request is recorded by itself."""
    nest = _CURRENT.get()
    if nest is not None:
        nest.count()


def make_way(ledger: Path) -> None:
    """Give back what the functions around the caller hold in this ledger, before more of it is reserved."""
    nest = _CURRENT.get()
    if nest is not None:
        nest.make_way(ledger)
