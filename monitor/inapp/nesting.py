"""A function that is tracked may send its requests through a client that is tracked: they are counted once."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Nest:
    """What runs within one tracked function; `requests` of it were recorded by themselves."""

    def __init__(self) -> None:
        self.requests = 0
        self._outer = _CURRENT.get()

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
    """Tell the tracked functions around the caller that a request is recorded by itself."""
    nest = _CURRENT.get()
    if nest is not None:
        nest.count()
