"""What the environment says of the breaker and its budgets: the daemon's own settings, read without its libraries."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import tzinfo
from zoneinfo import ZoneInfo

from monitor.core.budgets import Budget, Thresholds
from monitor.core.errors import SettingsError
from monitor.core.parsing.breaker_settings import PREFIX, BreakerSettings, read_breaker, variable
from monitor.core.parsing.budget_settings import BUDGETS, FIELDS, read, read_budgets, read_rates, read_thresholds
from monitor.core.parsing.fields import parse_timezone
from monitor.core.parsing.problems import Problems, did_you_mean
from monitor.core.rates import Rates

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Variables:
    """The variables of this package that are set, by their name in upper case."""

    values: Mapping[str, str]
    origins: Mapping[str, str]

    def origin(self, name: str) -> str:
        return self.origins.get(name, name)


@dataclass(frozen=True, slots=True)
class BreakerEnvironment:
    """All that a breaker needs beside the ledger."""

    budgets: tuple[Budget, ...]
    settings: BreakerSettings
    rates: Rates
    zone: tzinfo


def read_environment(environ: Mapping[str, str]) -> BreakerEnvironment:
    """Return what is set.

    Raises:
        SettingsError: with every mistake that was found.
    """
    names = {name.upper(): name for name in environ if name.upper().startswith("MONITOR_") and environ[name].strip()}
    said = Variables({name: environ[origin].strip() for name, origin in names.items()}, names)
    problems = Problems()
    _check_names(said, problems)
    thresholds = read_thresholds("MONITOR_THRESHOLDS__", Thresholds(), said, problems)
    found = BreakerEnvironment(
        budgets=tuple(_of_provider(budget, said) for budget in read_budgets(thresholds, said, problems).values()),
        settings=read_breaker(said, problems),
        rates=read_rates(said, problems),
        zone=read("MONITOR_TIMEZONE", parse_timezone, _UTC, said, problems),
    )
    if problems.lines:
        raise SettingsError(problems.lines)
    return found


def _check_names(said: Variables, problems: Problems) -> None:
    """Note what is misspelled: a budget that lost its scope would refuse everything."""
    known = [variable(field.name) for field in fields(BreakerSettings)]
    for name in said.values:
        if name.startswith(BUDGETS):
            field = name.removeprefix(BUDGETS).partition("__")[2]
            unknown = None if field in FIELDS else did_you_mean(field, FIELDS)
        else:
            unknown = did_you_mean(name, known) if name.startswith(PREFIX) and name not in known else None
        if unknown is not None:
            problems.add(name, f"is not a setting{unknown}", shown=said.origin(name))


def _of_provider(budget: Budget, said: Variables) -> Budget:
    """Return the budget with its source's provider in the place of the name that the user gave the source."""
    source = budget.scope.source
    if source is None:
        return budget
    kind = said.values.get(f"MONITOR_SOURCES__{source.upper()}__KIND", source).lower()
    return replace(budget, scope=replace(budget.scope, source=kind))
