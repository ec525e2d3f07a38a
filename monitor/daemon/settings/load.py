"""The way from the environment to settings, or to one error with all that is wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from monitor.core.budgets import Thresholds
from monitor.core.errors import SettingsError
from monitor.core.parsing.breaker_settings import read_breaker
from monitor.core.parsing.budget_settings import read_rates, read_thresholds
from monitor.core.parsing.problems import Problems
from monitor.daemon.settings.channels import build_channels
from monitor.daemon.settings.ledger import price_file, with_ledger
from monitor.daemon.settings.model import read_model
from monitor.daemon.settings.quiet import build_quiet
from monitor.daemon.settings.rules import build_tuning
from monitor.daemon.settings.sections import build_budgets, build_sources
from monitor.daemon.settings.values import ChannelSettings, Settings
from monitor.daemon.settings.variables import gather
from monitor.daemon.settings.web import SHORTEST_TOKEN, is_loopback
from monitor.daemon.sources import SOURCES, Kind
from monitor.ledger.place import FILE_NAME, ledger_file, state_folder

SECRETS_DIR = Path("/run/secrets")


def load_settings(
    environ: Mapping[str, str],
    *,
    kinds: Mapping[str, Kind] = SOURCES,
    secrets_dir: Path = SECRETS_DIR,
    judge_url: Callable[[str], str | None] | None = None,
    watching: bool = True,
) -> Settings:
    """Return what `environ` and the secret files beside it say.

    `judge_url` says what is wrong with a channel's URL. As it is slow it is asked only when something else is wrong
    already, to have all said at once; a URL that is the only mistake shows when its channel is loaded.
    With `watching` false there need be no source, as nothing will be polled.

    Raises:
        SettingsError: with every mistake that was found, one line each, and no secret in any of them.
    """
    problems = Problems()
    variables = gather(environ, secrets_dir, kinds, problems)
    model = read_model(variables, problems)
    known = {**environ, **variables.values}
    state_dir = _place("MONITOR_STATE_DIR", state_folder, known, problems)
    ledger = _place("MONITOR_LEDGER", ledger_file, known, problems) if model.ledger else state_dir / FILE_NAME
    prices = _place("MONITOR_PRICES", price_file, known, problems) if model.prices else None
    model = with_ledger(model, ledger, kinds)
    sources = build_sources(model, variables, kinds, problems, watching=watching)
    thresholds = read_thresholds("MONITOR_THRESHOLDS__", Thresholds(), variables, problems)
    rates = read_rates(variables, problems)
    budgets = build_budgets(sources, thresholds, rates, variables, problems)
    tuning = build_tuning(variables, problems)
    breaker = read_breaker(variables, problems)
    channels = build_channels(model, variables, problems)
    quiet = build_quiet(model, variables, problems)
    if model.listen and not is_loopback(model.listen):
        if model.web_token is None:
            problems.add("MONITOR_WEB_TOKEN", "is not set, and MONITOR_LISTEN is open to other machines: set a token")
        elif len(model.web_token.value) < SHORTEST_TOKEN:
            text = f"is shorter than {SHORTEST_TOKEN} characters, and MONITOR_LISTEN is open to other machines"
            problems.add("MONITOR_WEB_TOKEN", f"{text}: `openssl rand -hex 32` makes a good one")
    if model.web_certificate_key is not None and model.web_certificate is None:
        problems.add("MONITOR_WEB_CERTIFICATE", "is not set, and MONITOR_WEB_CERTIFICATE_KEY is")
    if problems.lines:
        if judge_url is not None:
            _judge_channels(channels, judge_url, problems)
        raise SettingsError(problems.lines)
    return Settings(
        sources=tuple(replace(source, prices=prices) for source in sources),
        budgets=budgets,
        breaker=breaker,
        rates=rates,
        thresholds=thresholds,
        tuning=tuning,
        channels=channels,
        remind_every=model.remind_every,
        group_wait=model.group_wait,
        settling=model.settling,
        timezone=model.timezone,
        state_dir=state_dir,
        ledger=ledger,
        ledger_keep=model.ledger_keep,
        prices=prices,
        listen=model.listen,
        web_token=model.web_token,
        web_certificate=model.web_certificate,
        web_certificate_key=model.web_certificate_key,
        web_proxies=model.web_proxies,
        public_url=model.public_url,
        log_format=model.log_format,
        log_level=model.log_level,
        quiet=quiet,
        digest=model.digest,
        heartbeat_url=model.heartbeat_url,
        alertmanager=model.alertmanager,
        unsupported=variables.unsupported,
    )


def _judge_channels(
    channels: Sequence[ChannelSettings], judge_url: Callable[[str], str | None], problems: Problems
) -> None:
    wrong: dict[str, list[str]] = {}
    for entry in channels:
        if text := judge_url(entry.url.value):
            wrong.setdefault(entry.variable, []).append(f"{entry.channel.name}: {text}")
    for variable, texts in wrong.items():
        problems.add(variable, f"has an address that Apprise rejects: {'; '.join(texts)}")


def _place(
    variable: str,
    rule: Callable[[Mapping[str, str]], Path],
    environ: Mapping[str, str],
    problems: Problems,
) -> Path:
    try:
        return rule(environ)
    except ValueError as error:
        problems.add(variable, str(error))
    except SettingsError as error:
        problems.add(variable, "; ".join(line.removeprefix(variable).strip() for line in error.problems))
    return Path()
