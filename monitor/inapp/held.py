"""Money that the breaker set aside for one request, from before it is sent until its cost is known."""

import os
from contextlib import AbstractContextManager
from decimal import Decimal

from monitor.core.errors import BudgetExceeded
from monitor.core.money import Money
from monitor.core.spending.prices import Service
from monitor.core.spending.usage import Usage
from monitor.inapp.asked import Asked, Question
from monitor.inapp.guard import say_once
from monitor.inapp.labels import Labels
from monitor.inapp.reserving import Reservation, Reserves
from monitor.inapp.tracker import Tracker
from monitor.ledger.ledger import Ledger

# Where prompts are not to leave a trace, loops are still found: under a key that ends with this process.
_KEY = os.urandom(32)


class Held:
    """Ends once; where a request is never sent, with its last reference.

    `recorded`: what it costs is written by the tracker, where the breaker looks.
    """

    def __init__(self, block: AbstractContextManager[Reservation], *, recorded: bool) -> None:
        self._recorded = recorded
        self._block: AbstractContextManager[Reservation] | None = None
        self._reservation = block.__enter__()
        self._block = block

    def settle(self, cost: Money | Decimal | None) -> None:
        """Say what the request cost; None: it is not known."""
        block, self._block = self._block, None
        if block is None:
            return
        try:
            self._reservation.settle(cost, recorded=self._recorded)
            block.__exit__(None, None, None)
        except Exception as error:  # noqa: BLE001 - the answer is there; it reaches the customer.
            say_once("a reservation could not be settled", error)

    def release(self) -> None:
        """Give the money back: nothing was sent."""
        block, self._block = self._block, None
        if block is None:
            return
        try:
            self._reservation.release()
            block.__exit__(None, None, None)
        except Exception as error:  # noqa: BLE001 - as above.
            say_once("a reservation could not be released", error)

    def __del__(self) -> None:
        self.release()


def hold(
    breaker: Reserves, tracker: Tracker, asked: Question, labels: Labels, most: Money | None = None
) -> Held | None:
    """Set the most that a request may cost aside; None: the breaker itself failed, and the request goes on.

    Raises:
        BudgetExceeded: it may not be sent.
    """
    try:
        block = breaker.reserve(
            most,
            model=asked.model,
            provider=asked.provider,
            project=labels.project,
            user=labels.user,
            tags=labels.tags,
            prompt_hash=asked.prompt_hash(tracker.hash_key or _KEY),
        )
        return Held(block, recorded=(ledger_of(breaker) or tracker.ledger).path == tracker.ledger.path)
    except BudgetExceeded:
        raise
    except Exception as error:  # noqa: BLE001 - a bug there is no reason to refuse.
        say_once("the breaker failed", error)
    return None


def ledger_of(breaker: Reserves) -> Ledger | None:
    """Return where a breaker looks what was spent; None: it does not tell."""
    ledger = getattr(breaker, "ledger", None)
    return ledger if isinstance(ledger, Ledger) else None


def most_of(tracker: Tracker, asked: Asked) -> Money | None:
    """Return the most that a request may cost; None: the caller sets no limit of any sense, or nobody names a price."""
    most_output = asked.most_output_tokens
    if most_output is None:
        return None
    usage = Usage(asked.most_input_tokens, output_tokens=most_output)
    return tracker.cost(asked.model, usage, tracker.clock(), asked.provider, Service.STANDARD)
