"""How the text of each setting is read. No message repeats the text: it may be a secret in the wrong place."""

import re
from decimal import Decimal
from urllib.parse import urlsplit

from monitor.core.alerting.alerts import Rule
from monitor.core.budgets import Severity
from monitor.core.money import BEYOND_SENSE
from monitor.core.parsing.durations import parse_duration
from monitor.core.parsing.fields import number, one_of
from monitor.core.tuning import BurnStep
from monitor.daemon.pings import complaint
from monitor.daemon.settings.values import Secret

SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*://"
_CHANNEL_URL = re.compile(rf"{SCHEME}\S+")
_KEY = re.compile(r"[\x21-\x7e]+")


def parse_amount(text: str) -> Decimal:
    amount = number(text)
    if amount is None or amount >= BEYOND_SENSE:
        raise ValueError("is not an amount: write it as 1 or 0.50, without a currency")
    return amount


def parse_factor(text: str) -> Decimal:
    factor = number(text.removesuffix("x").removesuffix("X"))
    if factor is None or not 1 <= factor <= 1_000_000:
        raise ValueError("is not a factor of 1 or more: write 3 or 3x for three times")
    return factor


def parse_burn_step(text: str) -> BurnStep:
    """Read `14.4x/1h/5m`: a factor, the long window and the short one."""
    parts = [part.strip() for part in text.split("/")]
    if len(parts) != 3:
        raise ValueError("is not a step: write factor, long and short window, as 14.4x/1h/5m")
    factor, long, short = parse_factor(parts[0]), parse_duration(parts[1]), parse_duration(parts[2])
    if short > long:
        raise ValueError("has a short window that is longer than the long one: write it as 14.4x/1h/5m")
    return BurnStep(factor, long, short)


def parse_scale(text: str) -> Decimal:
    scale = number(text)
    if not scale:
        raise ValueError("is not a number above 0")
    return scale


def parse_currency(text: str) -> str:
    if not re.fullmatch("[A-Za-z]{3}", text):
        raise ValueError("is not a currency: write its three letters, as USD or CNY")
    return text.upper()


def parse_severity(text: str) -> Severity:
    return Severity[one_of(text, [level.name.lower() for level in Severity if level]).upper()]


def parse_rules(text: str) -> frozenset[str]:
    return frozenset(one_of(name.strip(), list(Rule)) for name in text.split(","))


def parse_log_format(text: str) -> str:
    return one_of(text, ["json", "console"])


def parse_log_level(text: str) -> str:
    return one_of(text, ["debug", "info", "warning", "error", "critical"]).upper()


def parse_key(text: str) -> Secret:
    if not _KEY.fullmatch(text):
        raise ValueError("holds a space, a line break or another character that no key has")
    return Secret(text)


def parse_channel_url(text: str) -> Secret:
    if not _CHANNEL_URL.fullmatch(text):
        raise ValueError("is not an Apprise URL: write it as service://...")
    return Secret(text)


def parse_header(text: str) -> Secret:
    if not (text.isascii() and text.isprintable()):
        raise ValueError("holds a line break or another character that no header has")
    return Secret(text)


def parse_method(text: str) -> str:
    return one_of(text, ["get", "post"]).upper()


def parse_figure(text: str) -> str:
    return one_of(text, ["counter", "balance", "day", "month"])


def parse_base_url(text: str) -> str:
    if "@" in web_address(text):
        raise ValueError("holds a user or password: a key belongs into API_KEY")
    return text


def parse_heartbeat_url(text: str) -> Secret:
    web_address(text)
    problem = complaint(text)
    if problem is not None:
        raise ValueError(problem)
    return Secret(text)


def web_address(text: str) -> str:
    """Return user, host and port of an http or https URL."""
    try:
        url = urlsplit(text)
        usable = url.scheme in {"http", "https"} and url.hostname and url.port != 0 and _KEY.fullmatch(text)
    except ValueError:
        usable = None
    if not usable:
        raise ValueError("is not a web address: write it as https://host/...")
    return url.netloc
