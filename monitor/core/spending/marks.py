"""Many marks in little memory: sixteen bytes each, where a time and a decimal as objects take two hundred."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, overload

from monitor.core.moments import micros, moment_of
from monitor.core.money import EXACT, NANO, to_nano

Mark = tuple[datetime, Decimal]
# A mark as it is reckoned with: microseconds since 1970, and billionths of the level's unit.
Point = tuple[int, int]

_WIDTH = 8
_CENT = 10 ** (NANO - 2)
# Levels beyond nine thousand millions give up their last digits, and not their first.
_PLACES = (NANO, 6, 3, 0)


@dataclass(frozen=True, slots=True)
class Marks(Sequence[Mark]):
    """Levels at moments, in order of time, to the billionth: whole numbers of 64 bits, as this machine keeps them.

    `times` are microseconds since 1970, `levels` are told with so many decimal `places`.
    """

    times: bytes = b""
    levels: bytes = b""
    places: int = NANO

    # What a file of JSON holds of the bytes, for the library that writes it.
    __pydantic_config__: ClassVar[dict[str, Any]] = {"ser_json_bytes": "base64", "val_json_bytes": "base64"}

    def __post_init__(self) -> None:
        if len(self.times) != len(self.levels) or len(self.times) % _WIDTH or self.places not in _PLACES:
            raise ValueError("the times and levels of marks do not fit together")

    @classmethod
    def of(cls, marks: Iterable[Mark]) -> "Marks":
        return cls.of_points([(micros(when), to_nano(level)) for when, level in marks])

    @classmethod
    def of_points(cls, points: Sequence[Point]) -> "Marks":
        times = _packed(when for when, _ in points)
        for places in _PLACES:
            unit = 10 ** (NANO - places)
            try:
                return cls(times, _packed(level // unit for _, level in points), places)
            except OverflowError:
                continue
        raise ValueError("no sum of money is so large")

    def __len__(self) -> int:
        return len(self.times) // _WIDTH

    @overload
    def __getitem__(self, index: int) -> Mark: ...
    @overload
    def __getitem__(self, index: slice) -> list[Mark]: ...
    def __getitem__(self, index: int | slice) -> Mark | list[Mark]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        return moment_of(self.moments[index]), amount(self.nano(index))

    @property
    def moments(self) -> memoryview:
        """The times, as whole numbers."""
        return memoryview(self.times).cast("q")

    def nano(self, index: int) -> int:
        """Return one level in billionths."""
        level: int = memoryview(self.levels).cast("q")[index]
        unit: int = 10 ** (NANO - self.places)
        return level * unit

    def points(self, start: int = 0, stop: int | None = None) -> list[Point]:
        times, levels = self.moments[start:stop], memoryview(self.levels).cast("q")[start:stop]
        if self.places == NANO:
            return list(zip(times, levels, strict=True))
        unit = 10 ** (NANO - self.places)
        return [(when, level * unit) for when, level in zip(times, levels, strict=True)]

    def then(self, points: Sequence[Point], start: int = 0, stop: int | None = None) -> "Marks":
        """Return these from `start` on and before `stop`, and `points` after them."""
        if self.places == NANO:
            begin, end = start * _WIDTH, None if stop is None else stop * _WIDTH
            try:
                levels = self.levels[begin:end] + _packed(level for _, level in points)
                return Marks(self.times[begin:end] + _packed(when for when, _ in points), levels)
            except OverflowError:
                pass
        return Marks.of_points([*self.points(start, stop), *points])


def amount(nano: int) -> Decimal:
    """Return it with as many decimal places as it needs, two at least: so it reads as money."""
    if nano % _CENT == 0:
        return Decimal(nano // _CENT).scaleb(-2, EXACT)
    return Decimal(nano).scaleb(-NANO, EXACT).normalize(EXACT)


def _packed(numbers: Iterable[int]) -> bytes:
    """Return whole numbers of 64 bits as bytes; raises OverflowError where one is larger."""
    return array("q", numbers).tobytes()
