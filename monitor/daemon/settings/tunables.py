"""What can be set of each rule: one variable for each field of the dataclasses in `monitor.core.tuning`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from decimal import Decimal
from typing import Any, get_type_hints

from monitor.core.parsing.durations import duration_text, parse_duration
from monitor.core.parsing.fields import parse_boolean, parse_share
from monitor.core.tuning import Amount, BurnStep, Factor, Share, Tuning
from monitor.daemon.settings.fields import parse_amount, parse_burn_step, parse_factor

PARSERS: Mapping[Any, Callable[[str], object]] = {
    bool: parse_boolean,
    timedelta: parse_duration,
    BurnStep: parse_burn_step,
    Share: parse_share,
    Factor: parse_factor,
    Amount: parse_amount,
}
MEANINGS = {
    "enabled": "whether the rule is on",
    "warning": "where a warning begins",
    "critical": "where it becomes critical",
    "emergency": "where it becomes an emergency",
    "floor": "less than this is no alert",
    "least": "less money than this is no alert",
    "after": "how much has to pass first",
    "tolerance": "up to this is no alert",
}


@dataclass(frozen=True, slots=True)
class Tunable:
    """One field of one rule. `parse` raises ValueError with what is wrong, without the text."""

    rule: str
    field: str
    default: object
    parse: Callable[[str], object]

    @property
    def variable(self) -> str:
        return f"MONITOR_RULES__{self.rule}__{self.field}".upper()

    @property
    def meaning(self) -> str:
        return f"{self.rule}: {MEANINGS[self.field]}"


def tunables(tuning: Tuning) -> tuple[Tunable, ...]:
    """Return all that can be set, with what it is in `tuning`."""
    found = []
    for rule in fields(tuning):
        section = getattr(tuning, rule.name)
        types = get_type_hints(type(section), include_extras=True)
        for field in fields(section):
            parse = PARSERS[types[field.name]]
            found.append(Tunable(rule.name, field.name, getattr(section, field.name), parse))
    return tuple(found)


def written(value: object) -> str:
    """Return a value as it is written in a variable: `true`, `0.05`, `7d`, `14.4x/1h/5m`."""
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case timedelta():
            return duration_text(value)
        case BurnStep():
            return f"{value.factor:f}x/{duration_text(value.long)}/{duration_text(value.short)}"
        case _:
            raise TypeError(f"{type(value).__name__} is nothing that can be set")


TUNABLES = tunables(Tuning())
