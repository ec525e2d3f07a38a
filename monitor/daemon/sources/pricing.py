"""What the tokens of a bucket cost: the sum of many requests, of which no single one is known."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from monitor.core.errors import Unpriced
from monitor.core.money import EXACT
from monitor.core.spending.prices import Rates, Service
from monitor.core.spending.units import Unit
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.usage import Used
from monitor.prices import PriceBook

# Cheaper than the standard: where they have no price of their own, that one is the most they can cost.
_CHEAPER = (Service.BATCH, Service.FLEX)
_MOST_KNOWN = 4096

_Asked = tuple[str, Service, datetime]
_AskedUnit = tuple[str, Unit, datetime]


class Pricing:
    """The prices of one account. Tiers by the size of a request are out of sight: all is priced at the lowest."""

    def __init__(self, account: Account, provider: str, book: Callable[[], PriceBook]) -> None:
        self._currency, self._provider, self._open = account.currency, provider, book
        self._known: dict[_Asked, Rates | None] = {}
        self._ceilings: dict[_Asked, Rates | None] = {}
        self._singles: dict[_AskedUnit, tuple[Decimal, bool]] = {}

    def cost(self, used: Used) -> tuple[Decimal, bool]:
        """Return the cost, and whether it is known. Where it is not, it is the most that it can be."""
        if used.unit is not None:
            price, known = self._single(used.part.model or "", used.unit, used.span.start)
            return EXACT.multiply(price, used.units), known
        for rates, known in self._candidates(used):
            if rates is not None:
                with suppress(Unpriced):  # It has tokens of a kind that these rates leave out.
                    return _amount(rates, used), known
        return Decimal(0), False

    def _candidates(self, used: Used) -> Iterator[tuple[Rates | None, bool]]:
        """Yield the price, then the bounds: that of the model's line, and that of all models."""
        yield self._rates(used), True
        for model in (used.part.model or "", ""):
            yield self._ceiling(model, used.service, used.span.start), False

    def _rates(self, used: Used) -> Rates | None:
        asked = (used.part.model or "", used.service, used.span.start)
        try:
            return self._known[asked]
        except KeyError:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = self._known[asked] = self._look_up(*asked)
            return found

    def _single(self, model: str, unit: Unit, at: datetime) -> tuple[Decimal, bool]:
        """Return what one unit costs, as `cost` does."""
        asked = (model, unit, at)
        if asked not in self._singles:
            if len(self._singles) >= _MOST_KNOWN:
                self._singles.clear()
            self._singles[asked] = self._look_up_single(*asked)
        return self._singles[asked]

    def _look_up_single(self, model: str, unit: Unit, at: datetime) -> tuple[Decimal, bool]:
        try:
            price = self._book.unit_price(model, unit, at, self._provider)
            if price.currency == self._currency:
                return price.amount, True
        except Unpriced:
            pass  # It has a bound.
        return self._book.dearest_unit(model, unit, at, self._provider, self._currency) or Decimal(0), False

    def _look_up(self, model: str, service: Service, at: datetime) -> Rates | None:
        try:
            price = self._book.price(model, at, self._provider)
        except Unpriced:
            return None
        terms = price if service is Service.STANDARD else price.services.get(service)
        if terms is None and service in _CHEAPER:
            terms = price
        return terms.rates if terms is not None and terms.currency == self._currency else None

    def _ceiling(self, model: str, service: Service, at: datetime) -> Rates | None:
        asked = (model, service, at.replace(hour=0, minute=0, second=0, microsecond=0))
        if asked not in self._ceilings:
            if len(self._ceilings) >= _MOST_KNOWN:
                self._ceilings.clear()
            self._ceilings[asked] = self._book.ceiling(*asked, self._provider, self._currency)
        return self._ceilings[asked]

    @cached_property
    def _book(self) -> PriceBook:
        return self._open()


def _amount(rates: Rates, used: Used) -> Decimal:
    """Return what tokens cost, and as many fees as there were requests.

    Raises:
        Unpriced: a kind of token has no rate, or each request costs something and nobody says how many there were.
    """
    if not rates.request:
        return rates.amount(used.tokens)
    if used.requests is None:
        raise Unpriced("the number of requests is not known")
    return EXACT.add(
        replace(rates, request=Decimal(0)).amount(used.tokens), EXACT.multiply(rates.request, used.requests)
    )
