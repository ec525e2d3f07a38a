"""The kinds of accounts that can be polled, one file each."""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from monitor.core.errors import SettingsError
from monitor.core.plan import LEDGER
from monitor.daemon.http import Http
from monitor.daemon.sources.account import Account, Source
from monitor.daemon.sources.envelope import Envelope
from monitor.daemon.sources.holysheep import HolySheep
from monitor.daemon.sources.ledger import LedgerSource

__all__ = ["SOURCES", "Account", "Kind", "Source", "connect", "open_source", "watch_source"]


@dataclass(frozen=True, slots=True)
class Kind:
    """How accounts of one kind are reached: the header that carries the key, and what reads the answers."""

    base_url: str
    headers: Callable[[str], Mapping[str, str]]
    factory: Callable[[Account, Http], Source]


def _bearer(key: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {key}"}


SOURCES: Mapping[str, Kind] = MappingProxyType(
    {"holysheep": Kind("https://api.holysheep.ai/v1", _bearer, HolySheep)},
)


def connect(
    account: Account, *, ssl_context: ssl.SSLContext, redact: Callable[[str], str], clock: Callable[[], datetime]
) -> tuple[Account, Http]:
    """Return the account with its address filled in, and a connection to it.

    Raises:
        SettingsError: no such kind, or a key that cannot be one.
    """
    kind = SOURCES.get(account.kind)
    if kind is None:
        raise SettingsError([f"{account.variable('kind')} is {account.kind}: there are {', '.join(SOURCES)}"])
    account = replace(account, base_url=account.base_url or kind.base_url)
    http = Http(
        account.base_url or kind.base_url,
        ssl_context=ssl_context,
        timeout=account.timeout,
        clock=clock,
        redact=redact,
        headers=kind.headers(account.api_key) if account.api_key else None,
        key=account.api_key,
        key_variable=account.key_variable or account.variable("api_key"),
        base_url_variable=account.variable("base_url"),
    )
    return account, http


def open_source(
    account: Account, *, ssl_context: ssl.SSLContext, redact: Callable[[str], str], clock: Callable[[], datetime]
) -> Source:
    """Return what polls the account; raises as `connect` does."""
    if account.kind == LEDGER:
        return LedgerSource(account)
    account, http = connect(account, ssl_context=ssl_context, redact=redact, clock=clock)
    return SOURCES[account.kind].factory(account, http)


def watch_source(
    account: Account, *, ssl_context: ssl.SSLContext, redact: Callable[[str], str], clock: Callable[[], datetime]
) -> Source:
    """Return what polls the account and reads the headers of its answers too; raises as `connect` does."""
    account, http = connect(account, ssl_context=ssl_context, redact=redact, clock=clock)
    return Envelope(SOURCES[account.kind].factory(account, http), http)
