"""From sections to sources and budgets; what only shows when they stand side by side is checked here."""

from collections.abc import Sequence

from monitor.core.budgets import Budget, Scope, Thresholds
from monitor.core.plan import LEDGER
from monitor.core.windows import Period
from monitor.daemon.settings.model import BudgetSection, Model, ThresholdsSection
from monitor.daemon.settings.names import WELL_KNOWN_KEYS
from monitor.daemon.settings.problems import Problems, did_you_mean
from monitor.daemon.settings.values import SourceSettings
from monitor.daemon.settings.variables import Variables


def build_sources(
    model: Model, variables: Variables, kinds: Sequence[str], problems: Problems, *, watching: bool = True
) -> tuple[SourceSettings, ...]:
    sources = []
    keys = {kind: key for key, kind in WELL_KNOWN_KEYS.items() if kind in kinds}
    for name, section in model.sources.items():
        prefix = f"MONITOR_SOURCES__{name.upper()}__"
        kind = (section.kind or name).lower()
        if kind not in kinds:
            what = "is not a kind of source" if section.kind else f"is not set, and {name} is not a kind of source"
            kinds_known = f"; this release can poll: {', '.join(kinds)}{did_you_mean(kind, kinds)}"
            problems.add(f"{prefix}KIND", what + kinds_known, shown=variables.origin(f"{prefix}KIND"))
        if section.api_key is None and kind != LEDGER and f"{prefix}API_KEY" not in problems:
            lacking = keys[name] if name == kind and name in keys else f"{prefix}API_KEY"
            problems.add(lacking, f"is not set: the source {name} needs a key")
        sources.append(
            SourceSettings(
                name=name,
                kind=kind,
                api_key=section.api_key,
                base_url=section.base_url,
                poll_interval=section.poll_interval or model.poll_interval,
                timeout=section.timeout,
                currency=section.currency,
                scale=section.scale,
                fields=section.fields,
                timezone=section.timezone,
                key_variable=variables.origin(f"{prefix}API_KEY"),
            )
        )
    if not sources and watching and not model.ledger:
        names = " or ".join(keys.values()) or "MONITOR_SOURCES__<name>__API_KEY"
        problems.add(names, f"is not set, and nothing else is to watch: set {names} to the provider's key")
    return tuple(sources)


def build_thresholds(
    prefix: str, section: ThresholdsSection, inherited: Thresholds, variables: Variables, problems: Problems
) -> Thresholds:
    thresholds = Thresholds(
        section.warning or inherited.warning,
        section.critical or inherited.critical,
        section.emergency or inherited.emergency,
    )
    names = [f"{prefix}{level}" for level in ("WARNING", "CRITICAL", "EMERGENCY")]
    own = [name for name in names if name in variables.values]
    in_order = thresholds.warning < thresholds.critical < thresholds.emergency
    if own and not in_order and not any(name in problems for name in names):
        shares = f"{thresholds.warning}, {thresholds.critical} and {thresholds.emergency}"
        problems.add(
            own[-1],
            f"makes the thresholds {shares}: each must be above the one before",
            shown=variables.origin(own[-1]),
        )
    return thresholds


def build_budgets(
    model: Model,
    sources: Sequence[SourceSettings],
    thresholds: Thresholds,
    variables: Variables,
    problems: Problems,
) -> tuple[Budget, ...]:
    budgets = {}
    for name, limit, period in (
        ("monthly", model.monthly_budget, Period.MONTH),
        ("daily", model.daily_budget, Period.DAY),
    ):
        variable = f"MONITOR_{name.upper()}_BUDGET"
        if limit is not None:
            budgets[name] = Budget(name, limit, period, thresholds=thresholds)
            _check_currency(variable, budgets[name], sources, variables, problems)
    for name, section in model.budgets.items():
        prefix = f"MONITOR_BUDGETS__{name.upper()}__"
        if name in budgets:
            text = f"is a second budget of that name beside MONITOR_{name.upper()}_BUDGET: keep one of them"
            problems.add(f"{prefix}LIMIT", text, shown=variables.origin(f"{prefix}LIMIT"))
        own = build_thresholds(f"{prefix}THRESHOLDS__", section.thresholds, thresholds, variables, problems)
        if section.limit is None:
            problems.add(f"{prefix}LIMIT", f"is not set: the budget {name} needs a limit")
            continue
        scope = _scope(prefix, section, sources, variables, problems)
        budgets[name] = Budget(name, section.limit, section.period, scope, own)
        _check_currency(f"{prefix}LIMIT", budgets[name], sources, variables, problems)
    return tuple(budgets.values())


def _scope(
    prefix: str, section: BudgetSection, sources: Sequence[SourceSettings], variables: Variables, problems: Problems
) -> Scope:
    source = section.source.lower() if section.source else None
    names = [known.name for known in sources]
    if source is not None and names and source not in names:
        text = f"is not a source{did_you_mean(source, names)}"
        problems.add(f"{prefix}SOURCE", text, shown=variables.origin(f"{prefix}SOURCE"))
    return Scope(source, section.model, section.project, section.key)


def _check_currency(
    variable: str, budget: Budget, sources: Sequence[SourceSettings], variables: Variables, problems: Problems
) -> None:
    counted = [source for source in sources if budget.scope.source in {None, source.name}]
    unclear = any(f"MONITOR_SOURCES__{source.name}__CURRENCY" in problems for source in counted)
    currencies = {source.currency for source in counted}
    if counted and not unclear and budget.limit.currency not in currencies:
        text = f"is in {budget.limit.currency}, and what it counts is in {', '.join(sorted(currencies))}"
        problems.add(variable, f"{text}: it could never fire", shown=variables.origin(variable))
