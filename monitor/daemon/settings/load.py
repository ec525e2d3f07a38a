"""The way from the environment to settings, or to one error with all that is wrong."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from monitor.core.budgets import Thresholds
from monitor.core.errors import SettingsError
from monitor.daemon.settings.channels import build_channels
from monitor.daemon.settings.fields import is_loopback
from monitor.daemon.settings.model import Model, read_model
from monitor.daemon.settings.problems import Problems
from monitor.daemon.settings.rules import build_tuning
from monitor.daemon.settings.sections import build_budgets, build_sources, build_thresholds
from monitor.daemon.settings.values import ChannelSettings, Settings
from monitor.daemon.settings.variables import gather

KNOWN_KINDS = ("holysheep",)
SECRETS_DIR = Path("/run/secrets")


def load_settings(
    environ: Mapping[str, str],
    *,
    kinds: Sequence[str] = KNOWN_KINDS,
    secrets_dir: Path = SECRETS_DIR,
    judge_url: Callable[[str], str | None] | None = None,
) -> Settings:
    """Return what `environ` and the secret files beside it say.

    `judge_url` says what is wrong with a channel's URL. As it is slow it is asked only when something else is wrong
    already, to have all said at once; a URL that is the only mistake shows when its channel is loaded.

    Raises:
        SettingsError: with every mistake that was found, one line each, and no secret in any of them.
    """
    problems = Problems()
    variables = gather(environ, secrets_dir, kinds, problems)
    model = read_model(variables, problems)
    sources = build_sources(model, variables, kinds, problems)
    thresholds = build_thresholds("MONITOR_THRESHOLDS__", model.thresholds, Thresholds(), variables, problems)
    budgets = build_budgets(model, sources, thresholds, variables, problems)
    tuning = build_tuning(variables, problems)
    channels = build_channels(model, variables, problems)
    if model.listen and not is_loopback(model.listen) and model.web_token is None:
        problems.add("MONITOR_WEB_TOKEN", "is not set, and MONITOR_LISTEN is open to other machines: set a token")
    state_dir = _state_dir(model, environ, problems)
    ledger = state_dir / "ledger.sqlite3"
    if model.ledger:
        ledger = _path("MONITOR_LEDGER", model.ledger, environ, problems)
    if problems.lines:
        if judge_url is not None:
            _judge_channels(channels, judge_url, problems)
        raise SettingsError(problems.lines)
    return Settings(
        sources=sources,
        budgets=budgets,
        thresholds=thresholds,
        tuning=tuning,
        channels=channels,
        remind_every=model.remind_every,
        group_wait=model.group_wait,
        settling=model.settling,
        timezone=model.timezone,
        state_dir=state_dir,
        ledger=ledger,
        listen=model.listen,
        web_token=model.web_token,
        log_format=model.log_format,
        log_level=model.log_level,
        heartbeat_url=model.heartbeat_url,
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


def _state_dir(model: Model, environ: Mapping[str, str], problems: Problems) -> Path:
    if model.state_dir:
        return _path("MONITOR_STATE_DIR", model.state_dir, environ, problems)
    if given := environ.get("STATE_DIRECTORY", "").partition(":")[0]:
        return Path(given)
    users = environ.get("XDG_STATE_HOME") or "~/.local/state"
    return _path("MONITOR_STATE_DIR", users, environ, problems) / "spend-monitor"


def _path(variable: str, text: str, environ: Mapping[str, str], problems: Problems) -> Path:
    """Return the path with a leading `~` replaced: no shell does it in a unit file."""
    if text.startswith("~/") and environ.get("HOME"):
        return Path(environ["HOME"]) / text[2:]
    try:
        return Path(text).expanduser()
    except RuntimeError:
        problems.add(variable, "is to be in the home folder, and this user has none: set it to another path")
        return Path(text)
