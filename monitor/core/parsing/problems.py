"""All that is wrong, collected: a person mends it in one go."""

from collections.abc import Iterable


class Problems:
    """One line for each variable: the first that is found of it is the one worth mending first."""

    def __init__(self) -> None:
        self._lines: dict[str, str] = {}

    def add(self, variable: str, text: str, *, shown: str | None = None) -> None:
        """Note that `variable` is wrong; `shown` is how its user spelled it."""
        self._lines.setdefault(variable.upper(), f"{shown or variable} {text}")

    def __contains__(self, variable: str) -> bool:
        return variable.upper() in self._lines

    @property
    def lines(self) -> list[str]:
        return list(self._lines.values())


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """Return `; did you mean ...?` with the nearest of `known`, or nothing where none is near."""
    from difflib import get_close_matches  # Only a mistake needs it.

    by_folded = {name.casefold(): name for name in known}
    nearest = get_close_matches(text.casefold(), by_folded, n=1, cutoff=0.7)
    return f"; did you mean {by_folded[nearest[0]]}?" if nearest else ""
