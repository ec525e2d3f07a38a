"""A breaker for the tests of what goes through it: it notes what is reserved and how that ends, and may refuse."""

from decimal import Decimal
from types import TracebackType
from typing import Self

from monitor.core.errors import BudgetExceeded
from monitor.core.money import Money
from monitor.ledger.ledger import Ledger


class Full(BudgetExceeded):
    """No room is left."""

    def __init__(self) -> None:
        super().__init__("the month")


class Noted:
    """One reservation; `end` is how it ended: `settled`, `released`, `left` (the block ended well), empty: not yet."""

    def __init__(self, estimate: Money | Decimal | None, words: dict[str, object]) -> None:
        self.estimate = estimate
        self.words = words
        self.cost: Money | Decimal | None = None
        self.recorded = False
        self.end = ""

    def settle(self, cost: Money | Decimal | None, *, recorded: bool = False) -> None:
        if not self.end:
            self.cost, self.recorded, self.end = cost, recorded, "settled"

    def release(self) -> None:
        self.end = self.end or "released"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end = self.end or ("left" if error is None else "released")


class StandIn:
    """Makes a reservation for everybody, or raises `refusal` at everybody. `ledger` is where it looks for spending."""

    def __init__(self, refusal: Exception | None = None, ledger: Ledger | None = None) -> None:
        self.ledger = ledger
        self.made: list[Noted] = []
        self.refusal = refusal

    def reserve(
        self,
        estimate: Money | Decimal | None = None,
        *,
        model: str = "",
        provider: str = "",
        project: str = "",
        user: str = "",
        tags: tuple[str, ...] = (),
        prompt_hash: bytes | None = None,
    ) -> Noted:
        if self.refusal is not None:
            raise self.refusal
        words = {"model": model, "provider": provider, "project": project, "user": user, "tags": tags}
        noted = Noted(estimate, {**words, "prompt_hash": prompt_hash})
        self.made.append(noted)
        return noted
