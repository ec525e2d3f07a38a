"""What a provider calls its projects and keys. An ID says for ever which one is meant; a name is for people."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.core.spending.readings import Series

# A budget may go by a name that is no more: so many of each are remembered.
MOST_FORMER = 5


@dataclass(frozen=True, slots=True)
class Names:
    """The name of each ID now, and those that it had before, the last one first; `shared` are names of several IDs."""

    now: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shared: frozenset[str] = frozenset()

    def told(self, names: Mapping[str, str]) -> "Names":
        """Return the names after some of them were told anew."""
        renamed = {one: self.now[one] for one, name in names.items() if self.now.get(one, name) != name}
        if not renamed and names.items() <= self.now.items():
            return self
        former = {
            one: tuple(dict.fromkeys((name, *self.before.get(one, ()))))[:MOST_FORMER] for one, name in renamed.items()
        }
        now = {**self.now, **names}
        shared = frozenset(name for name, count in Counter(now.values()).items() if count > 1)
        return Names(now, {**self.before, **former}, shared)

    def shown(self, series: Series) -> Series:
        """Return a series for people, with names in the place of IDs; two of one name are told apart by these."""
        if not self.now:
            return series
        return Series(series.model, *(one and self.name(one) for one in (series.project, series.key)))

    def name(self, identity: str) -> str:
        name = self.now.get(identity)
        if name is None:
            return identity
        return f"{name} ({identity})" if name in self.shared else name

    def meant(self, series: Series) -> tuple[Series, ...]:
        """Return the series, by ID, that one means which may say names: all that go by it, or else did so before."""
        if not self.now or (series.project is None and series.key is None):
            return (series,)
        projects, keys = (self._identities(one) for one in (series.project, series.key))
        return tuple(Series(series.model, project, key) for project in projects for key in keys)

    def _identities(self, word: str | None) -> tuple[str | None, ...]:
        if word is None or word in self.now:
            return (word,)
        now = tuple(one for one, name in self.now.items() if name.casefold() == word.casefold())
        former = (one for one, names in self.before.items() if word.casefold() in map(str.casefold, names))
        return now or tuple(former) or (word,)
