"""What tokens cost: rates for each kind, by size of the prompt, and the exact sum. No tables: those are in `prices`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from monitor.core.errors import Unpriced
from monitor.core.money import EXACT, Money
from monitor.core.spending.usage import Usage

_PER_MILLION = Decimal("0.000001")


class Service(StrEnum):
    """The provider's terms for one request: batch and flex are cheaper and slower, priority and fast dearer."""

    STANDARD = "standard"
    BATCH = "batch"
    FLEX = "flex"
    PRIORITY = "priority"
    FAST = "fast"


@dataclass(frozen=True, slots=True)
class Rates:
    """Money per million tokens, and `request` for the request as such. 0 is free; None has no rate of its own.

    Without their own rates, reasoning is billed as output, and cached reads and writes as ordinary input: so it is
    where a provider has no discount. But where five-minute writes have a rate and one-hour writes have none, those cost
    more by an unknown sum: `Unpriced`. So is output where `output` is None, as with embeddings, which have none.
    """

    input: Decimal
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write_5m: Decimal | None = None
    cache_write_1h: Decimal | None = None
    reasoning: Decimal | None = None
    request: Decimal = Decimal(0)

    def times(self, share: Decimal) -> "Rates":
        """Return all rates multiplied by `share`."""

        def part(rate: Decimal | None) -> Decimal | None:
            return None if rate is None else EXACT.multiply(rate, share)

        return Rates(
            input=EXACT.multiply(self.input, share),
            output=part(self.output),
            cache_read=part(self.cache_read),
            cache_write_5m=part(self.cache_write_5m),
            cache_write_1h=part(self.cache_write_1h),
            reasoning=part(self.reasoning),
            request=EXACT.multiply(self.request, share),
        )

    def amount(self, usage: Usage) -> Decimal:
        """Return what the usage costs at these rates, exactly.

        Raises:
            Unpriced: it has tokens of a kind that has no rate.
        """
        million = EXACT.multiply(usage.uncached_input_tokens, self.input)
        if tokens := usage.cache_read_tokens:
            million = EXACT.fma(tokens, self.input if self.cache_read is None else self.cache_read, million)
        if tokens := usage.cache_write_5m_tokens:
            million = EXACT.fma(tokens, self.input if self.cache_write_5m is None else self.cache_write_5m, million)
        if tokens := usage.cache_write_1h_tokens:
            rate = self.cache_write_1h
            if rate is None and self.cache_write_5m is not None:
                raise Unpriced("cache writes for an hour: no price is known")
            million = EXACT.fma(tokens, self.input if rate is None else rate, million)
        if tokens := usage.output_tokens:
            if self.output is None:
                raise Unpriced("output: no price is known")
            if reasoning := usage.reasoning_tokens:
                million = EXACT.fma(reasoning, self.output if self.reasoning is None else self.reasoning, million)
            million = EXACT.fma(tokens - reasoning, self.output, million)
        return EXACT.fma(million, _PER_MILLION, self.request)


def highest(rates: Sequence[Rates]) -> Rates:
    """Return the highest rate of each kind; of output none where no model has one, as with embeddings.

    Where no model has a rate for writes of an hour, they cost twice the input.

    Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching
    """
    dearest_input = max(one.input for one in rates)
    return Rates(
        input=dearest_input,
        output=max((one.output for one in rates if one.output is not None), default=None),
        cache_read=max(one.input if one.cache_read is None else one.cache_read for one in rates),
        cache_write_5m=max(one.input if one.cache_write_5m is None else one.cache_write_5m for one in rates),
        cache_write_1h=max(dearest_input * 2, *(one.cache_write_1h or Decimal(0) for one in rates)),
        reasoning=max((one.output or Decimal(0)) if one.reasoning is None else one.reasoning for one in rates),
        request=max(one.request for one in rates),
    )


@dataclass(frozen=True, slots=True)
class Tier:
    """The rates of a request whose whole prompt has more than `above_input_tokens`: they hold for all its tokens."""

    above_input_tokens: int
    rates: Rates


@dataclass(frozen=True, slots=True)
class Price:
    """What one model costs at one provider.

    `tiers` are in rising order. `services` are the prices of requests on other terms, as far as the provider has them.
    `since` is when the price came into force, None for always. `origin` says who claims so: a web address, a file, or
    the name of a table.
    """

    rates: Rates
    currency: str = "USD"
    tiers: tuple[Tier, ...] = ()
    services: Mapping[Service, "Price"] = field(default_factory=dict)
    since: datetime | None = None
    origin: str = ""

    def rates_for(self, input_tokens: int) -> Rates:
        """Return the rates of a request with a prompt of that size."""
        rates = self.rates
        for tier in self.tiers:
            if input_tokens > tier.above_input_tokens:
                rates = tier.rates
        return rates

    def cost(self, usage: Usage, service: Service = Service.STANDARD) -> Money:
        """Return the exact cost of one request; never of a day's tokens, which would reach tiers that no request did.

        Raises:
            Unpriced: it used something that has no price.
        """
        price = self if service is Service.STANDARD else self.services.get(service)
        if price is None:
            raise Unpriced(f"{service} requests have no price")
        rates = price.rates_for(usage.input_tokens) if price.tiers else price.rates
        return Money(rates.amount(usage), price.currency)

    def times(self, share: Decimal) -> "Price":
        """Return this price with all rates multiplied by `share`: half of it, for one that is told as half."""
        tiers = tuple(Tier(tier.above_input_tokens, tier.rates.times(share)) for tier in self.tiers)
        return replace(self, rates=self.rates.times(share), tiers=tiers)
