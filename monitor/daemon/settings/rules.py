"""How the rules are set: switched off, or tuned, each by its own variables."""

from collections.abc import Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Any

from monitor.core.parsing.problems import Problems
from monitor.core.tuning import BurnStep, Tuning
from monitor.daemon.settings.tunables import TUNABLES, Tunable, written
from monitor.daemon.settings.variables import Variables

LEVELS = ("warning", "critical", "emergency")


def build_tuning(variables: Variables, problems: Problems) -> Tuning:
    """Return the tuning of all rules, the default for what is not set or wrong."""
    values: dict[str, dict[str, Any]] = {}
    for tunable in TUNABLES:
        values.setdefault(tunable.rule, {})[tunable.field] = _value(tunable, variables, problems)
    for rule in values:
        _check_order([tunable for tunable in TUNABLES if tunable.rule == rule], values[rule], variables, problems)
    kinds = {rule.name: type(getattr(Tuning(), rule.name)) for rule in fields(Tuning)}
    return Tuning(**{rule: kind(**values[rule]) for rule, kind in kinds.items()})


def _value(tunable: Tunable, variables: Variables, problems: Problems) -> object:
    text = variables.values.get(tunable.variable)
    if text is None:
        return tunable.default
    try:
        return tunable.parse(text)
    except ValueError as error:
        problems.add(tunable.variable, str(error), shown=variables.origin(tunable.variable))
        return tunable.default


def _check_order(tunables: Sequence[Tunable], values: dict[str, Any], variables: Variables, problems: Problems) -> None:
    """Note a rule whose severities do not follow each other as they do by default: some rise, some fall."""
    levels = [tunable for level in LEVELS for tunable in tunables if tunable.field == level]
    own = [tunable.variable for tunable in levels if tunable.variable in variables.values]
    if len(levels) < 2 or not own or any(variable in problems for variable in own):
        return
    rising = _size(levels[0].default) < _size(levels[1].default)
    sizes = [_size(values[tunable.field]) for tunable in levels]
    if all(one < other if rising else one > other for one, other in pairwise(sizes)):
        return
    shown = " and ".join(", ".join(written(values[tunable.field]) for tunable in levels).rsplit(", ", 1))
    words = "above" if rising else "below"
    text = f"makes the levels {shown}: each must be {words} the one before"
    problems.add(own[-1], text, shown=variables.origin(own[-1]))


def _size(value: Any) -> Any:
    return value.factor if isinstance(value, BurnStep) else value
