"""An account that is polled, and what polls it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from monitor.core.spending.readings import Observation


@dataclass(frozen=True, slots=True)
class Account:
    """How to poll one account. `scale` turns the provider's figures into units of `currency`.

    `fields` maps a meaning (cost, quota_limit, ...) to a dotted path into the answer; `key_variable` is where the key
    came from, for messages about it. `method`, `headers`, `body` (JSON) and `figure` (what the amount is) describe the
    request of a source that knows none itself. `prices` is the file of the user's own prices.
    """

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
    method: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: str | None = field(default=None, repr=False)
    figure: str | None = None
    prices: Path | None = None

    def variable(self, setting: str) -> str:
        """Return the name of the variable for one of this account's settings."""
        return f"MONITOR_SOURCES__{self.name.upper()}__{setting.upper()}"


class Source(Protocol):
    """One account's connection."""

    async def fetch(self, now: datetime) -> Observation:
        """Return what the account tells at `now`.

        Raises:
            SourceError: by whose fault nothing was learned.
        """
        ...

    async def close(self) -> None: ...
