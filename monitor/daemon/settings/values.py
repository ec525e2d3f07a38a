"""The settings as the rest of the program knows them: plain, complete and immutable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from monitor.core.alerting.quiet import Quiet
from monitor.core.budgets import Budget, Thresholds
from monitor.core.channels import Channel
from monitor.core.parsing.breaker_settings import BreakerSettings
from monitor.core.rates import Rates
from monitor.core.telling.digest_schedule import DigestSchedule
from monitor.core.tuning import Tuning
from monitor.daemon.sources.account import Account

UTC = ZoneInfo("UTC")
LISTEN = "127.0.0.1:9464"
THRESHOLDS = Thresholds()
TUNING = Tuning()
BREAKER = BreakerSettings()

LogFormat = Literal["json", "console"]


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A value that shows itself only to who asks for `value`."""

    value: str

    def __repr__(self) -> str:
        return "***"


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """How to poll one account. `scale` turns the provider's figures into units of `currency`.

    `key_variable` is where the key came from, for messages about it. `counted_by` is the source that tells of the same
    money.
    """

    name: str
    kind: str
    api_key: Secret | None = None
    base_url: str | None = None
    poll_interval: timedelta = timedelta(seconds=60)
    timeout: timedelta = timedelta(seconds=30)
    currency: str = "USD"
    scale: Decimal = Decimal(1)
    fields: Mapping[str, str] = field(default_factory=dict)
    timezone: ZoneInfo = UTC
    key_variable: str = ""
    method: str | None = None
    headers: Mapping[str, Secret] = field(default_factory=dict)
    body: str | None = None
    figure: str | None = None
    counted_by: str | None = None
    prices: Path | None = None

    def account(self) -> Account:
        """Return what the source itself needs of this, its key in the open."""
        return Account(
            name=self.name,
            kind=self.kind,
            api_key=self.api_key.value if self.api_key else None,
            base_url=self.base_url,
            poll_interval=self.poll_interval,
            timeout=self.timeout,
            currency=self.currency,
            scale=self.scale,
            fields=self.fields,
            timezone=self.timezone,
            key_variable=self.key_variable,
            method=self.method,
            headers={name: text.value for name, text in self.headers.items()},
            body=self.body,
            figure=self.figure,
            prices=self.prices,
        )


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """A channel and its address. `variable` is where the address came from, for messages about it.

    `pictures` is whether its messages carry a chart, where its service takes one.
    """

    channel: Channel
    url: Secret
    variable: str
    pictures: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`listen` is empty when there is no web server; `log_format` None leaves the choice to the stream.

    `budgets` are those of the breaker too, which alone can count users and tags. `settling` is how long a window that
    has ended is still evaluated. `unsupported` are variables with the key of a provider that this release cannot poll:
    they may be meant for another program, or for this one in vain.
    """

    sources: tuple[SourceSettings, ...]
    state_dir: Path
    ledger: Path
    ledger_keep: timedelta = timedelta(days=90)
    prices: Path | None = None
    budgets: tuple[Budget, ...] = ()
    breaker: BreakerSettings = BREAKER
    rates: Rates = field(default_factory=Rates)
    thresholds: Thresholds = THRESHOLDS
    tuning: Tuning = TUNING
    channels: tuple[ChannelSettings, ...] = ()
    remind_every: timedelta = timedelta(hours=4)
    group_wait: timedelta = timedelta(seconds=5)
    settling: timedelta = timedelta(hours=72)
    timezone: ZoneInfo = UTC
    listen: str = LISTEN
    web_token: Secret | None = None
    web_certificate: Path | None = None
    web_certificate_key: Path | None = None
    web_proxies: tuple[str, ...] = ()
    public_url: str | None = None
    log_format: LogFormat | None = None
    log_level: str = "INFO"
    quiet: Quiet = field(default_factory=Quiet)
    digest: DigestSchedule | None = None
    heartbeat_url: Secret | None = None
    alertmanager: Secret | None = None
    unsupported: tuple[str, ...] = ()

    def secrets(self) -> tuple[str, ...]:
        """Return every value that no line of output may hold."""
        held = [source.api_key for source in self.sources]
        held += [text for source in self.sources for text in source.headers.values()]
        held += [channel.url for channel in self.channels]
        held += [self.web_token, self.heartbeat_url, self.alertmanager]
        return tuple(dict.fromkeys(secret.value for secret in held if secret is not None))
