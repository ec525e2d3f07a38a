"""From sections to sources and budgets; what only shows when they stand side by side is checked here."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from monitor.core.budgets import Budget, Thresholds
from monitor.core.errors import SettingsError
from monitor.core.parsing.budget_settings import read_budgets
from monitor.core.parsing.problems import Problems, did_you_mean
from monitor.core.rates import Rates
from monitor.daemon.settings.model import Model, SourceSection
from monitor.daemon.settings.names import WELL_KNOWN_KEYS
from monitor.daemon.settings.values import UTC, SourceSettings
from monitor.daemon.settings.variables import Variables
from monitor.daemon.sources import Kind

DEFAULT_INTERVAL = timedelta(seconds=60)


def build_sources(
    model: Model, variables: Variables, kinds: Mapping[str, Kind], problems: Problems, *, watching: bool = True
) -> tuple[SourceSettings, ...]:
    sources = []
    for name, section in model.sources.items():
        prefix = f"MONITOR_SOURCES__{name.upper()}__"
        kind = _kind(name, section, variables, kinds, problems)
        key_is_needed = kind is None or kind.needs_key
        if section.api_key is None and key_is_needed and f"{prefix}API_KEY" not in problems:
            problems.add(_key_of(name, section), f"is not set: the source {name} needs a key")
        settings = SourceSettings(
            name=name,
            kind=(section.kind or name).lower(),
            api_key=section.api_key,
            base_url=section.base_url,
            poll_interval=section.poll_interval or model.poll_interval or (kind.interval if kind else DEFAULT_INTERVAL),
            timeout=section.timeout,
            currency=section.currency or (kind.currency(section.base_url) if kind else "USD"),
            scale=section.scale,
            fields=section.fields,
            timezone=section.timezone or (kind.zone if kind else UTC),
            key_variable=variables.origin(f"{prefix}API_KEY"),
            method=section.method,
            headers={header.replace("_", "-"): text for header, text in section.headers.items()},
            body=section.body,
            figure=section.figure,
            counted_by=section.counted_by.lower() if section.counted_by else None,
        )
        if kind is not None:
            _check_kind(kind, settings, variables, problems)
        sources.append(settings)
    _check_counted_by(sources, variables, problems)
    if not sources and watching:
        first, *others = [key for key, kind in WELL_KNOWN_KEYS.items() if kind in kinds]
        instead = f", or {', '.join(others)}" if others else ""
        problems.add(first, f"is not set, and nothing else is to watch: set {first}{instead} to the provider's key")
    return tuple(sources)


def _kind(
    name: str, section: SourceSection, variables: Variables, kinds: Mapping[str, Kind], problems: Problems
) -> Kind | None:
    """Return the kind of a source, or None where that is the problem."""
    kind = (section.kind or name).lower()
    variable = f"MONITOR_SOURCES__{name.upper()}__KIND"
    try:
        return kinds[kind]
    except KeyError:
        what = "is not a kind of source" if section.kind else f"is not set, and {name} is not a kind of source"
        text = f"{what}; this release can poll: {', '.join(kinds)}{did_you_mean(kind, kinds)}"
    except SettingsError as error:
        text = f"cannot be used: {error}"
    problems.add(variable, text, shown=variables.origin(variable))
    return None


def _key_of(name: str, section: SourceSection) -> str:
    """Return the variable that a user would set to give a source its key."""
    well_known = {kind: key for key, kind in WELL_KNOWN_KEYS.items()}
    polls_its_name = (section.kind or name).lower() == name
    return well_known[name] if polls_its_name and name in well_known else f"MONITOR_SOURCES__{name.upper()}__API_KEY"


def _check_kind(kind: Kind, settings: SourceSettings, variables: Variables, problems: Problems) -> None:
    account = settings.account()
    if kind.base_url is None and settings.base_url is None:
        problems.add(account.variable("base_url"), f"is not set: a source of kind {settings.kind} needs an address")
    given: dict[str, object] = {"method": settings.method, "body": settings.body, "figure": settings.figure}
    given |= {f"headers__{name.replace('-', '_')}": text for name, text in settings.headers.items()}
    for setting, value in given.items():
        if value is not None and setting.partition("__")[0] not in kind.takes:
            variable = account.variable(setting)
            problems.add(variable, f"is not for the kind {settings.kind}", shown=variables.origin(variable))
    for setting, text in kind.check(account).items():
        variable = account.variable(setting)
        problems.add(variable, text, shown=variables.origin(variable))


def _check_counted_by(sources: Sequence[SourceSettings], variables: Variables, problems: Problems) -> None:
    """Note what names no source, and what would leave money uncounted by everyone."""
    others = {source.name: source.counted_by for source in sources}
    for name, authority in others.items():
        variable = f"MONITOR_SOURCES__{name.upper()}__COUNTED_BY"
        if authority is None:
            continue
        if authority not in others:
            text = f"is not a source{did_you_mean(authority, list(others))}"
        elif authority == name or others[authority] is not None:
            text = f"names {authority}, which is not counted itself: name the source that is"
        else:
            continue
        problems.add(variable, text, shown=variables.origin(variable))


def build_budgets(
    sources: Sequence[SourceSettings], thresholds: Thresholds, rates: Rates, variables: Variables, problems: Problems
) -> tuple[Budget, ...]:
    """Return the budgets, after a look whether what they count is there."""
    budgets = read_budgets(thresholds, variables, problems)
    for variable, budget in budgets.items():
        if budget.scope.source is not None:
            _check_source(variable.replace("LIMIT", "SOURCE"), budget.scope.source, sources, variables, problems)
        _check_currency(variable, budget, sources, rates, variables, problems)
    return tuple(budgets.values())


def _check_source(
    variable: str, source: str, sources: Sequence[SourceSettings], variables: Variables, problems: Problems
) -> None:
    names = [known.name for known in sources]
    if names and source not in names:
        problems.add(variable, f"is not a source{did_you_mean(source, names)}", shown=variables.origin(variable))


def _check_currency(
    variable: str,
    budget: Budget,
    sources: Sequence[SourceSettings],
    rates: Rates,
    variables: Variables,
    problems: Problems,
) -> None:
    counted = [source for source in sources if budget.scope.source in {None, source.name}]
    unclear = any(f"MONITOR_SOURCES__{source.name}__CURRENCY" in problems for source in counted)
    currencies, wanted = sorted({source.currency for source in counted}), budget.limit.currency
    if counted and not unclear and all(rates.factor(currency, wanted) is None for currency in currencies):
        text = f"is in {wanted}, and what it counts is in {', '.join(currencies)}: it could never fire"
        problems.add(variable, f"{text}; set MONITOR_RATES__{currencies[0]}", shown=variables.origin(variable))
