"""What the public catalogue `genai-prices` says, as prices of our own; loaded at the first question that needs it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from monitor.core.money import EXACT
from monitor.core.spending.prices import Price, Rates, Service, Tier
from monitor.core.spending.units import Unit, UnitPrice

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, PriceContext

_TERMS: Mapping[Service, "PriceContext"] = MappingProxyType(
    {
        Service.BATCH: {"processing": "batch"},
        Service.FLEX: {"service_tier": "flex"},
        Service.PRIORITY: {"service_tier": "priority"},
        Service.FAST: {"service_tier": "fast", "speed": "fast"},
    }
)
# Under which name a unit's price stands there, and for how many of them.
_UNITS: Mapping[Unit, tuple[str, int]] = MappingProxyType(
    {Unit.CHARACTER: ("input_mchars", 10**6), Unit.SECOND: ("audio_hours", 3600)}
)
_FINEST = Decimal("1e-15")
# What may follow a model's name and is still that model: the date or the number of its release, and Bedrock's `-v1:0`.
_RELEASE = re.compile(r"([-@](20\d{6}|20\d\d-\d\d-\d\d|latest|\d{3,4})(-v\d+)?|(?:-v\d+(?=:)))?(:\d+)?")
# And what may stand before it at Bedrock: where it runs.
_PLACE = re.compile(r"(arn:[^/]*/)?((us|us-gov|eu|apac|au|jp|in|ca|sa|global)\.)?")


def load() -> None:
    """Import the catalogue now: it takes a sixth of a second."""
    import genai_prices.data_snapshot  # noqa: F401 - PLC0415: it is what this function is for.


def providers() -> tuple[str, ...]:
    """Return the names of all providers that the catalogue has."""
    from genai_prices.data_snapshot import get_snapshot

    return tuple(provider.id for provider in get_snapshot().providers)


@lru_cache(maxsize=2)
def prices(provider: str, at: datetime) -> tuple[tuple[str, Price], ...]:
    """Return the catalogue's models of a provider, each with its price in force at `at`."""
    return tuple((model.id, price) for model in _models(provider) if (price := _price(model, at)) is not None)


def find(provider: str, model: str, at: datetime) -> Price | None:
    """Return the catalogue's price of a model at a provider, in force at `at`; None where it has none.

    The catalogue matches by the beginning of a name, so it knows models that were never there: here only a date or a
    number of a release may follow.
    """
    found = _model(provider, model)
    return None if found is None else _price(found, at)


def unit_price(provider: str, model: str, unit: Unit, at: datetime) -> UnitPrice | None:
    """Return the catalogue's price of one unit at a model, as `find` does that of tokens."""
    found = _model(provider, model)
    return None if found is None else _unit_price(found, unit, at)


def unit_prices(provider: str, unit: Unit, at: datetime) -> tuple[UnitPrice, ...]:
    """Return the catalogue's prices of one unit at all models of a provider."""
    return tuple(price for model in _models(provider) if (price := _unit_price(model, unit, at)) is not None)


def _models(provider: str) -> "Iterator[ModelInfo]":
    from genai_prices.data_snapshot import get_snapshot

    return (model for known in get_snapshot().providers if known.id == provider for model in known.models)


@lru_cache(maxsize=1024)
def _model(provider: str, model: str) -> "ModelInfo | None":
    from genai_prices.data_snapshot import get_snapshot

    known = get_snapshot().providers
    # By its exact name: the catalogue itself would take `my-openai-proxy` for OpenAI.
    pinned = next((one for one in known if one.id == provider), None)
    found = pinned.find_model(model, all_providers=known) if pinned else None
    return found if found is not None and _is_named(found.match, found.id.lower(), model.lower()) else None


def _is_named(match: Any, identity: str, model: str) -> bool:
    """Tell whether the catalogue really means this model, and not only one whose name begins like it."""
    if model == identity:
        return True
    clauses = getattr(match, "or_", None)
    if clauses is not None:
        return any(clause.is_match(model) and _is_named(clause, identity, model) for clause in clauses)
    text = getattr(match, "equals", None)
    if text is not None:
        return bool(model == text.lower())
    text = getattr(match, "starts_with", None) or getattr(match, "contains", None) or getattr(match, "ends_with", None)
    if text is not None and text.startswith("ft:"):
        return model.startswith(text.lower())  # Of a model that was tuned the name goes on with its owner's words.
    if text is not None:
        before, _, after = model.partition(text.lower())
        return _PLACE.fullmatch(before) is not None and _RELEASE.fullmatch(after) is not None
    return False


def _price(found: "ModelInfo", at: datetime) -> Price | None:
    standard = _converted(found, found.get_prices(at))
    if standard is None:
        return None
    services = {}
    for service, terms in _TERMS.items():
        if _offers(found, at, terms):
            price = _converted(found, found.get_prices(at, terms))
            if price is not None:
                services[service] = price
    return replace(standard, services=services)


def _offers(found: "ModelInfo", at: datetime, terms: "PriceContext") -> bool:
    return any(
        all(terms.get(name) == value for name, value in variant.when.items())
        and (variant.constraint is None or variant.constraint.active(at))
        for variant in found.price_variants or ()
    )


def _converted(found: "ModelInfo", price: "ModelPrice") -> Price | None:
    rates = _rates(price, None)
    if rates is None:
        return None
    starts = sorted({tier.start for value in vars(price).values() for tier in getattr(value, "tiers", ())})
    tiers = tuple(Tier(start, tiered) for start in starts if (tiered := _rates(price, start)) is not None)
    return Price(rates, "USD", tiers, origin=f"genai-prices: {found.id}")


def _unit_price(found: "ModelInfo", unit: Unit, at: datetime) -> UnitPrice | None:
    name, count = _UNITS.get(unit, ("", 1))
    told = getattr(found.get_prices(at), name, None) if name else None
    if not isinstance(told, Decimal):
        return None
    return UnitPrice(EXACT.divide(told, count).quantize(_FINEST), origin=f"genai-prices: {found.id}")


def _rates(price: "ModelPrice", above: int | None) -> Rates | None:
    def rate(name: str) -> Decimal | None:
        value = getattr(price, name, None)
        if value is None or isinstance(value, Decimal):
            return value
        reached = [tier.price for tier in value.tiers if above is not None and tier.start <= above]
        tiered: Decimal = reached[-1] if reached else value.base
        return tiered

    basic = rate("input_mtok")
    if basic is None:
        return None
    return Rates(
        input=basic,
        output=rate("output_mtok"),
        cache_read=rate("cache_read_mtok"),
        cache_write_5m=rate("cache_write_mtok"),
        cache_write_1h=rate("cache_write_1h_mtok"),
        reasoning=rate("output_reasoning_mtok"),
        request=(rate("requests_kcount") or Decimal(0)) / 1000,
    )
