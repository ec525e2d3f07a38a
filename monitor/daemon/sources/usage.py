"""What an organization used lately, in tokens by hour or day: the raw material of an estimate before the bill comes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from monitor.core.errors import SourceDrifted
from monitor.core.spending.prices import Service
from monitor.core.spending.readings import Series
from monitor.core.spending.units import Unit
from monitor.core.spending.usage import Usage
from monitor.core.windows import Window
from monitor.daemon.sources.shapes.numbers import JsonObject, kind_of
from monitor.daemon.wire import Parameters

_MOST = 10**15


class Width(StrEnum):
    """How long one bucket is, in the words of both providers. The one that is open is told as far as it has come."""

    HOUR = "1h"
    DAY = "1d"

    @property
    def page(self) -> int:
        """How many buckets a page may have: a large organization's page with more is larger than any sane answer."""
        return 12 if self is Width.HOUR else 10


@dataclass(frozen=True, slots=True)
class Used:
    """What one part used in one bucket, on which terms: tokens, or so many of a `unit`; `requests` None: not told."""

    span: Window
    part: Series
    tokens: Usage
    requests: int | None = None
    service: Service = Service.STANDARD
    unit: Unit | None = None
    units: int = 0


@dataclass(frozen=True, slots=True)
class UsageDialect:
    """How one provider is asked, and how a row is read, given the path to it: that raises SourceDrifted.

    `params` takes the time that is asked for and the width. `provider` is whose prices are taken.
    """

    path: str
    params: Callable[[Window, Width], Parameters]
    span: Callable[[JsonObject, str], Window]
    used: Callable[[JsonObject, str], Iterable[Used]]
    provider: str


def count_at(result: JsonObject, name: str, where: str, *, needed: bool = False) -> int:
    """Return a count of tokens or the like; 0 where one that is not needed is not told.

    Raises:
        SourceDrifted: it is missing and needed, or is no count.
    """
    value = result.get(name)
    if value is None and not needed:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _MOST:
        raise SourceDrifted(f"{where}.{name} is {kind_of(value)} where a count belongs")
    return value
