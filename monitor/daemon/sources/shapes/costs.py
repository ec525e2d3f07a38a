"""What each day cost, as a whole and by model, project and key: as far as one account tells."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from monitor.daemon.sources.shapes.figures import Figure


@dataclass(frozen=True, slots=True)
class Part:
    """Whose cost of a day: all names None is the whole account, which the other parts do not add to."""

    day: date
    model: str | None = None
    project: str | None = None
    key: str | None = None

    @property
    def whole(self) -> bool:
        return self.model is None and self.project is None and self.key is None


Costs = Mapping[Part, Figure]
Of = TypeVar("Of", bound=Hashable)


def total(rows: Iterable[tuple[Of, Figure]]) -> dict[Of, Figure]:
    """Return the sum of each part: several rows of one part are different money, even where they look the same."""
    costs: dict[Of, Figure] = {}
    for part, figure in rows:
        costs[part] = costs[part] + figure if part in costs else figure
    return costs


def days_of(costs: Costs) -> dict[date, Figure]:
    """Return the whole of each day."""
    return {part.day: figure for part, figure in costs.items() if part.whole}
