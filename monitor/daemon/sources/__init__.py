"""The kinds of accounts that can be polled, one file each; and those that other packages bring."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from monitor.core.errors import SettingsError
from monitor.daemon.connections import Connections
from monitor.daemon.http import Http
from monitor.daemon.sources.account import Account, Source
from monitor.daemon.sources.envelope import Envelope
from monitor.daemon.sources.kind import DAY, HOUR, LIVE, Endpoint, Kind
from monitor.daemon.sources.shapes.numbers import cost

__all__ = [
    "DAY",
    "HOUR",
    "LIVE",
    "SOURCES",
    "Account",
    "Connections",
    "Endpoint",
    "Http",
    "Kind",
    "Source",
    "connect",
    "cost",
    "open_source",
    "watch_source",
]

GROUP = "spend_monitor.sources"

# Where the Kind of each source stands; none is imported before an account needs it.
BUILT_IN = {
    "holysheep": "monitor.daemon.sources.holysheep:KIND",
    "openai": "monitor.daemon.sources.openai:KIND",
    "anthropic": "monitor.daemon.sources.anthropic:KIND",
    "deepseek": "monitor.daemon.sources.deepseek:KIND",
    "moonshot": "monitor.daemon.sources.moonshot:KIND",
    "novita": "monitor.daemon.sources.novita:KIND",
    "stepfun": "monitor.daemon.sources.stepfun:KIND",
    "siliconflow": "monitor.daemon.sources.siliconflow:KIND",
    "openrouter": "monitor.daemon.sources.openrouter:KIND",
    "vercel": "monitor.daemon.sources.vercel:KIND",
    "litellm": "monitor.daemon.sources.litellm:KIND",
    "xai": "monitor.daemon.sources.xai:KIND",
    "fireworks": "monitor.daemon.sources.fireworks:KIND",
    "claude-relay-service": "monitor.daemon.sources.claude_relay_service:KIND",
    "sub2api": "monitor.daemon.sources.sub2api:KIND",
    "new-api": "monitor.daemon.sources.new_api:KIND",
    "one-api": "monitor.daemon.sources.one_api:KIND",
    "ledger": "monitor.daemon.sources.ledger:KIND",
    "http": "monitor.daemon.sources.generic:KIND",
}


class Kinds(Mapping[str, Kind]):
    """Every kind by its name: ours, then those that installed packages register as entry points of `GROUP`."""

    def __getitem__(self, name: str) -> Kind:
        """Return a kind.

        Raises:
            KeyError: there is none of this name.
            SettingsError: the package that brings it cannot be used.
        """
        if name in BUILT_IN:
            return _built_in(name)
        entry = _plugins()[name]
        try:
            kind = entry.load()
        except Exception as error:
            raise SettingsError([f"the source {name} ({entry.value}) cannot be loaded: {error}"]) from error
        if not isinstance(kind, Kind):
            raise SettingsError([f"the source {name} ({entry.value}) is no monitor.daemon.sources.Kind"])
        return kind

    def __contains__(self, name: object) -> bool:
        return name in BUILT_IN or name in _plugins()

    def __iter__(self) -> Iterator[str]:
        yield from BUILT_IN
        yield from (name for name in _plugins() if name not in BUILT_IN)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@cache
def _built_in(name: str) -> Kind:
    kind: Kind = EntryPoint(name, BUILT_IN[name], GROUP).load()
    return kind


def _plugins() -> Mapping[str, EntryPoint]:
    """Return what other packages bring; it looks at all of them, so it is asked for what we do not know ourselves."""
    return {entry.name.lower(): entry for entry in entry_points(group=GROUP)}


SOURCES = Kinds()


def connect(
    account: Account, *, connections: Connections, redact: Callable[[str], str], clock: Callable[[], datetime]
) -> tuple[Account, Http]:
    """Return the account with its address and zone filled in, and the way to it.

    Raises:
        SettingsError: no such kind, no address, or a key that cannot be one.
    """
    if account.kind not in SOURCES:
        raise SettingsError([f"{account.variable('kind')} is {account.kind}: there are {', '.join(SOURCES)}"])
    kind = SOURCES[account.kind]
    address = account.base_url or kind.base_url
    if address is None:
        raise SettingsError([f"{account.variable('base_url')} is not set: {account.kind} has no address of its own"])
    http = Http(
        address,
        connections=connections,
        timeout=account.timeout,
        clock=clock,
        redact=redact,
        headers=kind.headers(account),
        key=account.api_key,
        key_variable=account.key_variable or account.variable("api_key"),
        key_hint=kind.key,
        base_url_variable=account.variable("base_url"),
    )
    return replace(account, base_url=address, timezone=account.timezone or kind.zone), http


def open_source(
    account: Account, *, connections: Connections, redact: Callable[[str], str], clock: Callable[[], datetime]
) -> Source:
    """Return what polls the account; raises as `connect` does."""
    account, http = connect(account, connections=connections, redact=redact, clock=clock)
    return SOURCES[account.kind].factory(account, http)


def watch_source(
    account: Account, *, connections: Connections, redact: Callable[[str], str], clock: Callable[[], datetime]
) -> Source:
    """Return what polls the account and reads the headers of its answers too; raises as `connect` does."""
    account, http = connect(account, connections=connections, redact=redact, clock=clock)
    return Envelope(SOURCES[account.kind].factory(account, http), http)
