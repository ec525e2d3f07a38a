"""Whose request it is, in the application's own words, for all that happens within a block."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Labels:
    """The words under which a request is counted; empty ones are none."""

    project: str = ""
    user: str = ""
    tags: tuple[str, ...] = ()

    def within(self, outer: "Labels") -> "Labels":
        """Return these words with those of what is around them, which give way; tags add up."""
        if outer is NONE or self is NONE:
            return self if outer is NONE else outer
        return Labels(
            self.project or outer.project,
            self.user or outer.user,
            tuple(dict.fromkeys((*outer.tags, *self.tags))),
        )


NONE = Labels()
_CURRENT: ContextVar[Labels] = ContextVar("monitor_labels", default=NONE)


def current() -> Labels:
    """Return the words of the blocks around the caller."""
    return _CURRENT.get()


@contextmanager
def labels(*, project: str | None = None, user: str | None = None, tags: Sequence[str] = ()) -> Iterator[None]:
    """Count all requests within the block under these words: they go before those of a client and of outer blocks.

    It holds for this thread or task, and for tasks that are started within.
    """
    token = _CURRENT.set(given(project, user, tags).within(_CURRENT.get()))
    try:
        yield
    finally:
        _CURRENT.reset(token)


def given(project: str | None, user: str | None, tags: Sequence[str]) -> Labels:
    """Return the words that a caller gave; one tag may be given as a text."""
    if not (project or user or tags):
        return NONE
    return Labels(project or "", user or "", (tags,) if isinstance(tags, str) else tuple(tags))
