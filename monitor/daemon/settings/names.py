"""Every setting there is: the one table behind loading, suggestions and the documentation."""

import re
from dataclasses import dataclass

from monitor.core.parsing.breaker_settings import MEANINGS, variable, written_default
from monitor.core.parsing.problems import did_you_mean
from monitor.daemon.settings.tunables import TUNABLES, written

PREFIX = "MONITOR_"
FILE = "_FILE"
WELL_KNOWN_KEYS = {
    "HOLYSHEEP_API_KEY": "holysheep",
    "OPENAI_ADMIN_KEY": "openai",
    "ANTHROPIC_ADMIN_KEY": "anthropic",
    "OPENROUTER_API_KEY": "openrouter",
    "DEEPSEEK_API_KEY": "deepseek",
    "MOONSHOT_API_KEY": "moonshot",
    "SILICONFLOW_API_KEY": "siliconflow",
    "XAI_MANAGEMENT_KEY": "xai",
    "FIREWORKS_API_KEY": "fireworks",
    "AI_GATEWAY_API_KEY": "vercel",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable, `<...>` standing for a name of the user's choice. A secret one may come from a file."""

    name: str
    meaning: str
    default: str = ""
    secret: bool = False


SETTINGS = (
    *(Setting(key, f"makes a source of the name {kind}", secret=True) for key, kind in WELL_KNOWN_KEYS.items()),
    Setting("MONITOR_SOURCES__<name>__KIND", "which provider a named source polls", "the source's name"),
    Setting("MONITOR_SOURCES__<name>__API_KEY", "the key it polls with", secret=True),
    Setting("MONITOR_SOURCES__<name>__BASE_URL", "where it polls", "the provider's"),
    Setting("MONITOR_SOURCES__<name>__POLL_INTERVAL", "how often", "MONITOR_POLL_INTERVAL, else the kind's"),
    Setting("MONITOR_SOURCES__<name>__TIMEOUT", "how long it waits for an answer", "30s"),
    Setting("MONITOR_SOURCES__<name>__CURRENCY", "the currency of its figures", "the provider's, mostly USD"),
    Setting("MONITOR_SOURCES__<name>__COUNTED_BY", "the source that tells of the same money", "none"),
    Setting("MONITOR_SOURCES__<name>__SCALE", "what its figures are multiplied by: 0.01 for cents", "1"),
    Setting("MONITOR_SOURCES__<name>__TIMEZONE", "the zone of its days", "the provider's, mostly UTC"),
    Setting("MONITOR_SOURCES__<name>__FIELDS__<field>", "where in the response a figure stands", "recognised"),
    Setting("MONITOR_SOURCES__<name>__FIGURE", "what the amount is, for the kind http"),
    Setting("MONITOR_SOURCES__<name>__METHOD", "GET or POST, for the kind http", "GET, or POST where there is a BODY"),
    Setting("MONITOR_SOURCES__<name>__HEADERS__<header>", "a header to send, for the kind http", secret=True),
    Setting("MONITOR_SOURCES__<name>__BODY", "the JSON to send, for the kind http"),
    Setting(
        "MONITOR_POLL_INTERVAL", "how often sources are polled that say nothing themselves", "the kind's, mostly 60s"
    ),
    Setting("MONITOR_MONTHLY_BUDGET", "a monthly budget over all sources together"),
    Setting("MONITOR_DAILY_BUDGET", "a daily budget over all sources together"),
    Setting("MONITOR_BUDGETS__<name>__LIMIT", "the limit of a named budget"),
    Setting("MONITOR_BUDGETS__<name>__PERIOD", "hour, day, week, month or total", "month"),
    Setting("MONITOR_BUDGETS__<name>__SOURCE", "counts this source only", "all"),
    Setting("MONITOR_BUDGETS__<name>__MODEL", "counts this model only", "all"),
    Setting("MONITOR_BUDGETS__<name>__PROJECT", "counts this project only", "all"),
    Setting("MONITOR_BUDGETS__<name>__KEY", "counts this key only", "all"),
    Setting("MONITOR_BUDGETS__<name>__USER", "counts this user of your application only", "all"),
    Setting("MONITOR_BUDGETS__<name>__TAG", "counts requests of this tag only", "all"),
    Setting("MONITOR_BUDGETS__<name>__THRESHOLDS__WARNING", "its own share", "MONITOR_THRESHOLDS__WARNING"),
    Setting("MONITOR_BUDGETS__<name>__THRESHOLDS__CRITICAL", "its own share", "MONITOR_THRESHOLDS__CRITICAL"),
    Setting("MONITOR_BUDGETS__<name>__THRESHOLDS__EMERGENCY", "its own share", "MONITOR_THRESHOLDS__EMERGENCY"),
    Setting("MONITOR_THRESHOLDS__WARNING", "the share of the limit at which a warning is due", "0.7"),
    Setting("MONITOR_THRESHOLDS__CRITICAL", "the share at which it becomes critical", "0.9"),
    Setting("MONITOR_THRESHOLDS__EMERGENCY", "the share at which it becomes an emergency", "0.95"),
    *(Setting(each.variable, each.meaning, written(each.default)) for each in TUNABLES),
    Setting("MONITOR_NOTIFY", "Apprise URLs, separated by space, comma or newline", secret=True),
    Setting("MONITOR_CHANNELS__<name>__URL", "the Apprise URL of a named channel", secret=True),
    Setting("MONITOR_CHANNELS__<name>__MIN_SEVERITY", "warning, critical or emergency", "warning"),
    Setting("MONITOR_CHANNELS__<name>__RESOLVED", "whether it hears that an alert is over", "true"),
    Setting("MONITOR_CHANNELS__<name>__RULES", "the rules it hears of, separated by comma", "all"),
    Setting("MONITOR_CHANNELS__<name>__FALLBACK", "the channel that is told in its place when it fails"),
    Setting("MONITOR_CHANNELS__<name>__DIGEST", "whether it is sent the digest", "true"),
    Setting("MONITOR_CHANNELS__<name>__PICTURES", "whether its messages carry a chart", "MONITOR_PICTURES"),
    Setting("MONITOR_PICTURES", "whether messages carry a chart, where the service takes pictures", "false"),
    Setting("MONITOR_GROUP_WAIT", "how long a channel holds after a message, to say more in one", "5s"),
    Setting("MONITOR_DIGEST", "when a summary is sent: daily 09:00, weekly mon 09:00 or monthly 1 09:00"),
    Setting("MONITOR_REMIND_EVERY", "how often a firing alert of severity emergency is said again", "4h"),
    Setting("MONITOR_QUIET_HOURS", "when lesser news waits: mon-fri 22:00-07:00 Europe/Berlin, sat-sun 00:00-10:00"),
    Setting("MONITOR_MAINTENANCE", "the same for once: 2026-12-24T18:00/2026-12-27T08:00"),
    Setting("MONITOR_QUIET_BELOW", "what is below this severity waits", "critical"),
    Setting("MONITOR_RATES__<currency>", "what one unit of a currency is worth in another, as 0.139 USD"),
    Setting("MONITOR_RATES_AS_OF", "the day that the rates are of, shown beside them"),
    Setting("MONITOR_SETTLING", "how long a window that has ended is still evaluated, as bills come late", "72h"),
    Setting("MONITOR_TIMEZONE", "IANA zone of window edges and of times on screen", "UTC"),
    Setting("MONITOR_STATE_DIR", "snapshots", "$STATE_DIRECTORY, else the XDG state folder"),
    Setting("MONITOR_LISTEN", "web address, or unix:/path of a socket; empty turns it off", "127.0.0.1:9464"),
    Setting("MONITOR_WEB_TOKEN", "needed when the web address is not on loopback", secret=True),
    Setting("MONITOR_WEB_CERTIFICATE", "a file with the certificate, and those that it rests on, for https"),
    Setting("MONITOR_WEB_CERTIFICATE_KEY", "the file with its key", "in the file of the certificate"),
    Setting("MONITOR_WEB_PROXIES", "addresses or networks whose X-Forwarded-* headers are believed; unix for a socket"),
    Setting("MONITOR_PUBLIC_URL", "the address by which people reach the web pages, as https://monitor.example"),
    Setting("MONITOR_LOG_FORMAT", "json or console", "console on a terminal, else json"),
    Setting("MONITOR_LOG_LEVEL", "debug, info, warning, error or critical", "info"),
    Setting("MONITOR_LEDGER", "the in-app record of requests", "ledger.sqlite3 in the state folder"),
    Setting("MONITOR_LEDGER_KEEP", "how long single requests stay in it; their sums stay for ever", "90d"),
    Setting("MONITOR_PRICES", "a TOML or JSON file with prices of your own"),
    Setting("MONITOR_ALERTMANAGER", "the address of an Alertmanager that is told of all that fires", secret=True),
    Setting("MONITOR_PROMPT_HASH_KEY", "the key under which prompts leave a hash in the ledger", secret=True),
    *(Setting(variable(field), meaning, written_default(field)) for field, meaning in MEANINGS.items()),
    Setting("MONITOR_HEARTBEAT_URL", "pinged after each full, saved poll", secret=True),
)

_NAME = re.compile(r"[A-Z0-9]([A-Z0-9_-]{0,62}[A-Z0-9])?")
# systemd tells an OnFailure= unit about the unit that failed; Kubernetes tells a pod about services named monitor...
_OF_OTHERS = re.compile(
    r"MONITOR_(SERVICE_RESULT|EXIT_CODE|EXIT_STATUS|INVOCATION_ID|UNIT"
    r"|(\w+_)?SERVICE_(HOST|PORT(_\w+)?)|(\w+_)?PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
_SERVICE_LINK = re.compile(r"(tcp|udp|sctp)://")


def find_setting(name: str) -> Setting | None:
    """Return the setting that `name`, in upper case, is an instance of."""
    parts = name.split("__")
    for setting in SETTINGS:
        pattern = setting.name.split("__")
        if len(pattern) == len(parts) and all(_fits(*pair) for pair in zip(pattern, parts, strict=True)):
            return setting
    return None


def bad_name(name: str, setting: Setting) -> bool:
    """Tell whether what `name` has in the place of a `<...>` may not stand there."""
    pairs = zip(setting.name.split("__"), name.split("__"), strict=True)
    return any(pattern.startswith("<") and not _NAME.fullmatch(part) for pattern, part in pairs)


def belongs_to_others(name: str, text: str) -> bool:
    """Tell whether the service manager or the cluster has set `name`, and no person."""
    is_link = name.endswith("_PORT") and _SERVICE_LINK.match(text) is not None
    return is_link or _OF_OTHERS.fullmatch(name) is not None


def suggestion(name: str) -> str:
    """Return `; did you mean ...?` for an unknown name in upper case, with its own parts in place of `<...>`."""
    parts = name.split("__")
    known = []
    for setting in SETTINGS:
        pattern = setting.name.split("__")
        filled = [parts[i] if part.startswith("<") and i < len(parts) else part for i, part in enumerate(pattern)]
        known.append("__".join(filled))
        if setting.secret:
            known.append("__".join(filled) + FILE)
    return did_you_mean(name, known)


def _fits(pattern: str, part: str) -> bool:
    return bool(part) if pattern.startswith("<") else pattern == part
