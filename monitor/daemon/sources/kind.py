"""What a source declares of itself: how it is reached, with which key, how late and how fine its figures are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from monitor.daemon.http import Http
from monitor.daemon.sources.account import Account, Source
from monitor.daemon.wire import Parameters

LIVE = timedelta(0)
# The figure moves at each look, and what is new in it is some minutes old.
MINUTES = timedelta(minutes=5)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
UTC = ZoneInfo("UTC")


def bearer(account: Account) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {account.api_key}"} if account.api_key else {}


def _nothing(account: Account) -> Mapping[str, str]:  # noqa: ARG001
    return {}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One question of a source, for `probe`. A title stands for a path that needs more words."""

    path: str
    params: Parameters = field(default_factory=dict)
    title: str = ""
    method: str = "GET"
    content: Mapping[str, object] | None = None


def _nowhere(account: Account, now: datetime) -> Sequence[Endpoint]:  # noqa: ARG001
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of account. A source's file has one as `KIND`, and the table names it.

    `key` says in a few words which key is needed and where it is made: it ends the message of a refusal.
    `base_url` None: the user has to set it. `interval` is the default of `POLL_INTERVAL`; `shortest` is how often the
    provider lets itself be asked for long, None where nobody says. `lateness` is how old a figure may be that is the
    newest there is, None where nobody says. `grain` is the time by which figures move: LIVE, MINUTES, an hour, a day.
    `breakdowns` are those of model, project and key that budgets can count, and `names` whether it also tells what
    projects and keys are called.
    `zone` is the one in which days begin, and `currencies` what the figures at an address are in: the defaults of
    `TIMEZONE` and `CURRENCY`.
    `takes` are the settings beside the usual ones (`method`, `headers`): set for another kind, they are a mistake.
    `check` returns what is wrong with the settings of an account, by setting (`fields__amount`): only what this kind
    alone can know. `endpoints` are what `probe` shows.
    """

    factory: Callable[[Account, Http], Source]
    base_url: str | None
    key: str
    needs_key: bool = True
    headers: Callable[[Account], Mapping[str, str]] = bearer
    interval: timedelta = timedelta(seconds=60)
    shortest: timedelta | None = None
    lateness: timedelta | None
    grain: timedelta
    breakdowns: tuple[str, ...] = ()
    names: bool = False
    zone: ZoneInfo = UTC
    currencies: Mapping[str, str] = field(default_factory=dict)
    takes: tuple[str, ...] = ()
    check: Callable[[Account], Mapping[str, str]] = _nothing
    endpoints: Callable[[Account, datetime], Sequence[Endpoint]] = _nowhere

    def currency(self, base_url: str | None) -> str:
        """Return what the figures at an address are in where nobody says: US dollars, unless its host has another."""
        return self.currencies.get(urlsplit(base_url or self.base_url or "").hostname or "", "USD")
