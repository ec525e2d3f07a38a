"""Money set aside for one request: a block that reserves when it begins, and settles or releases when it ends."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import TracebackType
from typing import Protocol, Self

from monitor.core.breaker import RequestLabels, Standing
from monitor.core.money import Money
from monitor.core.spending.sense import can_cost

Amount = Money | Decimal | None


@dataclass(frozen=True, slots=True)
class Hold:
    """What the breaker set aside. `identity` None: nothing, as the request is free or the ledger cannot be used.

    `soft` are the budgets that have reached the share from which a program is asked to save.
    """

    labels: RequestLabels
    at: datetime
    estimate: Money
    identity: int | None = None
    soft: tuple[Standing, ...] = ()


class Keeper(Protocol):
    """What keeps the money: the breaker."""

    def settle(self, hold: Hold, cost: Money | None, *, recorded: bool) -> None: ...

    def give_back(self, hold: Hold) -> None: ...


class Reservation:
    """A block, `with` or `async with`. It ends once: a later `settle` or `release` changes nothing.

    A block that raises releases what was not settled; one that ends well without settling stands for its estimate.
    """

    __slots__ = ("_begin", "_ended", "_hold", "_keeper")

    def __init__(self, begin: Callable[[], Hold], keeper: Keeper) -> None:
        self._begin = begin
        self._keeper = keeper
        self._hold: Hold | None = None
        self._ended = False

    @property
    def estimate(self) -> Money | None:
        """What is set aside; None outside the block."""
        return self._hold.estimate if self._hold else None

    @property
    def soft(self) -> tuple[Standing, ...]:
        """The budgets of this request that are nearly used up: time for a cheaper model, or a lower limit."""
        return self._hold.soft if self._hold else ()

    def settle(self, cost: Amount = None, *, recorded: bool = False) -> None:
        """Replace the estimate by what the request cost, a Decimal in US dollars; None: that is not known.

        It is written into the ledger, unless it is `recorded` there already.

        Raises:
            RuntimeError: the block has not begun.
            ValueError, TypeError: it is no amount that anything can cost.
        """
        money = None if cost is None else money_of(cost)
        hold = self._end()
        if hold is not None:
            self._keeper.settle(hold, money, recorded=recorded)

    def release(self) -> None:
        """Give it back: nothing was spent."""
        hold = self._end()
        if hold is not None:
            self._keeper.give_back(hold)

    def __enter__(self) -> Self:
        """Reserve; raises BudgetExceeded."""
        if self._hold is not None:
            raise RuntimeError("a reservation is for one request: reserve anew for the next")
        self._hold = self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ended:
            return
        if kind is None:
            self.settle()
        else:
            self.release()

    async def __aenter__(self) -> Self:
        # It takes microseconds, and never more than the ledger's patience: less than a thread would.
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def _end(self) -> Hold | None:
        if self._hold is None:
            raise RuntimeError("a reservation begins with its block: write `with breaker.reserve(...) as reservation:`")
        if self._ended:
            return None
        self._ended = True
        return self._hold


def money_of(amount: Money | Decimal) -> Money:
    """Return an amount as money, a bare one in US dollars.

    Raises:
        TypeError: a float, which is never exact money.
        ValueError: less than nothing, no number, or more than any request costs.
    """
    if isinstance(amount, Money):
        money = amount
    elif isinstance(amount, Decimal | int):
        money = Money(Decimal(amount), "USD")
    else:
        raise TypeError(f"money is Money or Decimal, and not {type(amount).__name__}")
    if not can_cost(money):
        raise ValueError(f"no request costs {money.amount} {money.currency}")
    return money
