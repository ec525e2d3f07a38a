"""All that the web server may ask of the daemon."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor.core.alerting.orders import Answer, Order
from monitor.core.channels import ChannelState
from monitor.core.plan import Plan
from monitor.core.state import State
from monitor.daemon.counters import Counters
from monitor.daemon.ledger_access import LedgerAccess
from monitor.daemon.links import Links


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Readers take `state()` once for each answer: it is one value, replaced whole.

    `overdue` names the sources whose poll should have ended by now, `try_channel` sends a test and returns why it
    failed. `breaker` reads the ledger and returns how the breakers of this machine stand. `folder` is the state folder.
    """

    plan: Plan
    state: Callable[[], State]
    channels: Callable[[], tuple[ChannelState, ...]]
    overdue: Callable[[], Sequence[str]]
    clock: Callable[[], datetime]
    redact: Callable[[str], str]
    obey: Callable[[Order], Awaitable[Answer]]
    try_channel: Callable[[str], Awaitable[str | None]]
    breaker: Callable[[], Awaitable[Mapping[str, Any]]]
    ledger: LedgerAccess
    counters: Counters
    folder: Path
    links: Links | None = None
