"""The user's own prices, from the file that `MONITOR_PRICES` names.

In TOML (JSON has the same shape), amounts per million tokens, as numbers or text:

    [my-relay."gpt-4.1"]
    input = 1.5
    output = 6
    cache_read = 0.4
    currency = "USD"

    [other-relay]
    preset = "holysheep"

A list of such tables holds prices that changed, each with `since = 2026-09-01`. The model `*` stands for all others.
`batch = 0.5` is the share of the price that batch requests pay; `tiers` is a list of tables with `above_input_tokens`
and the rates of prompts beyond that. `image`, `character`, `second`, `search` and `session` are amounts for one each.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from monitor.core.errors import SettingsError
from monitor.core.spending.prices import Price, Rates, Service, Tier
from monitor.core.spending.units import Unit, UnitPrice
from monitor.prices.fields import currency, list_of, number, since, table_of
from monitor.prices.presets import PRESETS
from monitor.prices.providers import provider_named
from monitor.prices.table import PriceTable

_RATES = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "reasoning", "request")
_KEYS = {*_RATES, *Unit, "currency", "tiers", "batch", "since"}


def read_prices(path: Path, variable: str = "MONITOR_PRICES") -> PriceTable:
    """Return the prices in a TOML or JSON file; a leading `~` is the home folder.

    Raises:
        SettingsError: with all that is wrong, each naming its place.
    """
    try:
        path = path.expanduser()
        text = path.read_text(encoding="utf-8")
        if path.suffix.lower() == ".json":
            content = json.loads(text, parse_float=Decimal)
        else:
            content = tomllib.loads(text, parse_float=Decimal)
    except OSError as error:
        raise SettingsError([f"{variable} names a file that cannot be read: {path}: {error.strerror}"]) from error
    except RuntimeError as error:
        raise SettingsError([f"{variable} is to be in the home folder, and this user has none"]) from error
    except ValueError as error:
        raise SettingsError([f"{variable} names a file that is neither TOML nor JSON: {path}: {error}"]) from error
    return parse_prices(content, str(path), variable)


def parse_prices(content: object, origin: str, variable: str = "MONITOR_PRICES") -> PriceTable:
    """Return the table of what such a file holds; raises as `read_prices` does."""
    problems: list[str] = []
    entries: dict[tuple[str, str], tuple[Price, ...]] = {}
    units: dict[tuple[str, str, Unit], tuple[UnitPrice, ...]] = {}
    complete = set()
    for name, models in table_of(content, "the file", problems).items():
        provider = provider_named(name)
        for model, written in table_of(models, name, problems).items():
            place = f"{name}.{model}"
            if model == "preset":
                if not isinstance(written, str) or written not in PRESETS:
                    problems.append(f"{place} is none of {', '.join(PRESETS)}")
                    continue
                complete.add(provider)
                for known, prices in PRESETS[written].items():
                    entries.setdefault((provider, known), prices)
                continue
            tables = [_entry(entry, place, problems) for entry in list_of(written)]
            of_tokens = [_price(one, place, origin, problems) for one in tables if _has_tokens(one)]
            if of_tokens:
                entries[(provider, model.lower())] = tuple(sorted(of_tokens, key=_begin))
            for unit in Unit:
                single = [_unit_price(one, unit, place, origin, problems) for one in tables if unit in one]
                if single:
                    units[(provider, model.lower(), unit)] = tuple(sorted(single, key=_begin))
    if problems:
        raise SettingsError([f"{variable} ({origin}): {problem}" for problem in dict.fromkeys(problems)])
    return PriceTable(entries, frozenset(complete), units)


def _entry(written: object, place: str, problems: list[str]) -> Mapping[str, object]:
    table = table_of(written, place, problems)
    for key in table.keys() - _KEYS:
        problems.append(f"{place}.{key} is not a part of a price: those are {', '.join(sorted(_KEYS))}")
    return table


def _has_tokens(table: Mapping[str, object]) -> bool:
    """Tell whether a table is to have prices by the token, which one of images or the like needs not."""
    return "input" in table or not table.keys() & frozenset(Unit)


def _begin(price: Price | UnitPrice) -> datetime:
    return price.since or datetime.min.replace(tzinfo=UTC)


def _unit_price(table: Mapping[str, object], unit: Unit, place: str, origin: str, problems: list[str]) -> UnitPrice:
    amount = number(table, unit, place, problems) or Decimal(0)
    return UnitPrice(amount, currency(table, place, problems), since(table.get("since"), place, problems), origin)


def _price(table: Mapping[str, object], place: str, origin: str, problems: list[str]) -> Price:
    tiers = []
    for tier in list_of(table.get("tiers", [])):
        entry = table_of(tier, f"{place}.tiers", problems)
        above = entry.get("above_input_tokens")
        if not isinstance(above, int) or isinstance(above, bool) or above < 0:
            problems.append(f"{place}.tiers needs above_input_tokens, a number of tokens")
            above = 0
        tiers.append(Tier(above, _rates(entry, f"{place}.tiers", problems)))
    price = Price(
        _rates(table, place, problems),
        currency(table, place, problems),
        tuple(sorted(tiers, key=lambda tier: tier.above_input_tokens)),
        since=since(table.get("since"), place, problems),
        origin=origin,
    )
    share = number(table, "batch", place, problems)
    return price if share is None else replace(price, services={Service.BATCH: price.times(share)})


def _rates(table: Mapping[str, object], place: str, problems: list[str]) -> Rates:
    values = {name: number(table, name, place, problems) for name in _RATES}
    if values["input"] is None:
        problems.append(f"{place}.input is not set: write 0 where it is free")
    return Rates(
        input=values["input"] or Decimal(0),
        output=values["output"],
        cache_read=values["cache_read"],
        cache_write_5m=values["cache_write_5m"],
        cache_write_1h=values["cache_write_1h"],
        reasoning=values["reasoning"],
        request=values["request"] or Decimal(0),
    )
