"""The seam between what sends a request and what may refuse it."""

from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Protocol

from monitor.core.money import Money


class Reservation(Protocol):
    """Money that is set aside for one request. It ends once: a later `settle` or `release` changes nothing."""

    def settle(self, cost: Money | Decimal | None, *, recorded: bool = False) -> None:
        """Replace the estimate by what the request cost; None: that is not known, and the estimate stands for it.

        It becomes a record of the ledger, unless the request is `recorded` there already.
        """

    def release(self) -> None:
        """Give it back: nothing was spent."""


class Reserves(Protocol):
    """What refuses requests: the breaker, or a stand-in for it."""

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
    ) -> AbstractContextManager[Reservation]:
        """Set an upper bound of a request's cost aside, until the block ends; a Decimal is in US dollars.

        `estimate` None: the caller knows no bound, and one is learned for the model. A block that raises releases what
        was not settled; one that ends well without settling stands for its estimate. The block may end in another
        thread than it began in, and long after: with the last piece of a streamed answer.

        Raises:
            BudgetExceeded: here or on entering the block; nothing may be sent.
        """
