"""From settings to the accounts that are polled. Little is imported here: a start is to ask at once."""

import ssl
from collections.abc import Callable, Mapping
from datetime import datetime

from monitor.daemon.redact import Redactor
from monitor.daemon.settings import Settings
from monitor.daemon.sources import Account, Connections, Source, watch_source


def accounts_of(settings: Settings) -> Mapping[str, Account]:
    return {source.name: source.account() for source in settings.sources}


def sources_of(
    settings: Settings,
    redact: Redactor,
    clock: Callable[[], datetime],
    ssl_context: ssl.SSLContext,
) -> Mapping[str, Source]:
    """Return the sources, which share their connections."""
    connections = Connections(ssl_context)
    return {
        name: watch_source(account, connections=connections, redact=redact, clock=clock)
        for name, account in accounts_of(settings).items()
    }
