"""The kinds of accounts that can be polled, one file each."""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Protocol

from monitor.core.readings import Observation


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    kind: str
    api_key: str | None = field(repr=False)
    base_url: str | None
    poll_interval: timedelta
    timeout: timedelta
    currency: str
    scale: Decimal
    fields: Mapping[str, str]
    timezone: tzinfo | None
    key_variable: str


class Source(Protocol):
    async def fetch(self, now: datetime) -> Observation: ...
    async def close(self) -> None: ...


def open_source(
    account: Account, *, ssl_context: ssl.SSLContext, redact: Callable[[str], str], clock: Callable[[], datetime]
) -> Source:
    from monitor.daemon.sources.holysheep import HolySheep

    return HolySheep(account, ssl_context=ssl_context, redact=redact, clock=clock)
