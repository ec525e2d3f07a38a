"""A mapping that is replaced often and hardly changes: each version shares nearly all of itself with the one before."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

V = TypeVar("V")

# To replace one of n values costs the copy of one chunk, and of n / CHUNK references to chunks.
CHUNK = 128


class SharedMap(Mapping[str, V]):
    """Never changed itself; its keys keep their order. To replace a value is cheap, to add a key copies all of it."""

    __slots__ = ("_chunks", "_places")
    _places: Mapping[str, int]
    _chunks: tuple[tuple[V, ...], ...]

    def __init__(self, values: Mapping[str, V]) -> None:
        held = tuple(values.values())
        self._places = {key: place for place, key in enumerate(values)}
        self._chunks = tuple(held[begin : begin + CHUNK] for begin in range(0, len(held), CHUNK))

    @classmethod
    def of(cls, values: Mapping[str, V]) -> "SharedMap[V]":
        return values if isinstance(values, SharedMap) else cls(values)

    def having(self, key: str, value: V) -> "SharedMap[V]":
        """Return it with another value of `key`."""
        place = self._places.get(key)
        if place is None:
            return SharedMap({**self, key: value})
        number, within = divmod(place, CHUNK)
        chunk = self._chunks[number]
        other = SharedMap.__new__(SharedMap)
        other._places = self._places
        other._chunks = (
            *self._chunks[:number],
            (*chunk[:within], value, *chunk[within + 1 :]),
            *self._chunks[number + 1 :],
        )
        return other

    def __getitem__(self, key: str) -> V:
        number, within = divmod(self._places[key], CHUNK)
        return self._chunks[number][within]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
