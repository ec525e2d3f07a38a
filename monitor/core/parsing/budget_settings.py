"""The budgets, and what one currency is worth in another, from variables: one rule for the daemon and the breaker."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, TypeVar

from monitor.core.budgets import Budget, Scope, Thresholds
from monitor.core.money import Money
from monitor.core.parsing.fields import parse_day, parse_limit, parse_period, parse_share
from monitor.core.parsing.problems import Problems
from monitor.core.rates import Rates
from monitor.core.windows import Period

BUDGETS = "MONITOR_BUDGETS__"
RATES = "MONITOR_RATES__"
UNNAMED = {"monthly": Period.MONTH, "daily": Period.DAY}
LEVELS = ("WARNING", "CRITICAL", "EMERGENCY")
# What can be said of a named budget.
FIELDS = (
    *("LIMIT", "PERIOD", "SOURCE", "MODEL", "PROJECT", "KEY", "USER", "TAG"),
    *(f"THRESHOLDS__{level}" for level in LEVELS),
)

_T = TypeVar("_T")


class Said(Protocol):
    """The variables that are set, by their name in upper case; `origin` is how the user spelled one."""

    @property
    def values(self) -> Mapping[str, str]: ...

    def origin(self, name: str) -> str: ...


def read(name: str, parse: Callable[[str], _T], default: _T, said: Said, problems: Problems) -> _T:
    """Return what a variable says, or `default` where it is not set or wrong; the latter is noted."""
    text = said.values.get(name)
    if text is None:
        return default
    try:
        return parse(text)
    except ValueError as error:
        problems.add(name, str(error), shown=said.origin(name))
        return default


def read_thresholds(prefix: str, inherited: Thresholds, said: Said, problems: Problems) -> Thresholds:
    """Return the thresholds of one prefix; what is not set there is inherited."""
    names = [f"{prefix}{level}" for level in LEVELS]
    before = (inherited.warning, inherited.critical, inherited.emergency)
    shares = [read(name, parse_share, share, said, problems) for name, share in zip(names, before, strict=True)]
    own = [name for name in names if name in said.values]
    if own and not shares[0] < shares[1] < shares[2] and not any(name in problems for name in names):
        text = f"makes the thresholds {shares[0]}, {shares[1]} and {shares[2]}: each must be above the one before"
        problems.add(own[-1], text, shown=said.origin(own[-1]))
    return Thresholds(*shares)


def read_budgets(thresholds: Thresholds, said: Said, problems: Problems) -> dict[str, Budget]:
    """Return the budgets by the variable that sets the limit of each."""
    budgets = {}
    for name, period in UNNAMED.items():
        variable = f"MONITOR_{name.upper()}_BUDGET"
        limit = read(variable, _limit, None, said, problems)
        if limit is not None:
            budgets[variable] = Budget(name, limit, period, thresholds=thresholds)
    unnamed = {budget.name for budget in budgets.values()}
    for name in _names(said):
        prefix = f"{BUDGETS}{name.upper()}__"
        variable = f"{prefix}LIMIT"
        if name in unnamed:
            text = f"is a second budget of that name beside MONITOR_{name.upper()}_BUDGET: keep one of them"
            problems.add(variable, text, shown=said.origin(variable))
        own = read_thresholds(f"{prefix}THRESHOLDS__", thresholds, said, problems)
        period = read(f"{prefix}PERIOD", parse_period, Period.MONTH, said, problems)
        limit = read(variable, _limit, None, said, problems)
        if limit is None:
            problems.add(variable, f"is not set: the budget {name} needs a limit")
            continue
        budgets[variable] = Budget(name, limit, period, _scope(prefix, said), own)
    return budgets


def read_rates(said: Said, problems: Problems) -> Rates:
    """Return the rates between currencies; the name of each variable ends in the currency that it tells of."""
    worth = {}
    for variable in (name for name in said.values if name.startswith(RATES)):
        currency = variable.removeprefix(RATES)
        if not re.fullmatch("[A-Z]{3}", currency):
            problems.add(variable, "does not end in the three letters of a currency", shown=said.origin(variable))
            continue
        limit = read(variable, _limit, None, said, problems)
        if limit is None:
            continue
        if limit.currency == currency:
            text = f"is in {currency} itself: write what one {currency} is worth in another currency, as 0.139 USD"
            problems.add(variable, text, shown=said.origin(variable))
        else:
            worth[currency] = limit
    return Rates(worth, read("MONITOR_RATES_AS_OF", parse_day, None, said, problems))


def _limit(text: str) -> Money | None:
    return parse_limit(text)


def _names(said: Said) -> Iterator[str]:
    """Yield the names of the budgets of which anything is said, in that order."""
    parts = (name.removeprefix(BUDGETS).partition("__")[0] for name in said.values if name.startswith(BUDGETS))
    yield from dict.fromkeys(part.lower() for part in parts)


def _scope(prefix: str, said: Said) -> Scope:
    source = said.values.get(f"{prefix}SOURCE")
    return Scope(
        source=source.lower() if source else None,
        model=said.values.get(f"{prefix}MODEL"),
        project=said.values.get(f"{prefix}PROJECT"),
        key=said.values.get(f"{prefix}KEY"),
        user=said.values.get(f"{prefix}USER"),
        tag=said.values.get(f"{prefix}TAG"),
    )
