"""What an organization used lately, in tokens by minute or hour: the raw material of an estimate before the bill comes.

Nothing is recorded of it yet. An estimate needs prices, and a place beside the bill that replaces it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.core.errors import SourceDrifted
from monitor.core.windows import Window
from monitor.daemon.http import Http, Parameters
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.buckets import Part
from monitor.daemon.sources.pages import read_all
from monitor.daemon.sources.report import versioned
from monitor.daemon.sources.shapes.numbers import JsonObject, kind_of

_MOST_TOKENS = 10**15


class Width(StrEnum):
    """How long one bucket is, in the words of both providers."""

    MINUTE = "1m"
    HOUR = "1h"


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens by what they cost; none counts in two places. `written` are kept in the cache for 5 minutes or so."""

    uncached: int
    output: int
    cached: int = 0
    written: int = 0
    written_for_an_hour: int = 0


@dataclass(frozen=True, slots=True)
class Used:
    """What one part used in one bucket. `tier` and `batch` change the price; `requests` None: not told."""

    span: Window
    part: Part
    tokens: Tokens
    requests: int | None = None
    batch: bool = False
    tier: str | None = None


@dataclass(frozen=True, slots=True)
class UsageDialect:
    """How one provider is asked, and how a row is read, given the path to it: that raises SourceDrifted."""

    path: str
    params: Callable[[datetime, Width], Parameters]
    used: Callable[[JsonObject, str], Iterable[Used]]


async def read_usage(
    account: Account, http: Http, dialect: UsageDialect, since: datetime, width: Width
) -> tuple[Used, ...]:
    """Return what was used since a moment, in all buckets of all pages.

    Raises:
        SourceError: a page that could not be read, or a row that is not as documented.
    """
    path, params = versioned(account, dialect.path), dialect.params(since, width)
    listing = await read_all(http, path, params, source=account.name)
    return tuple(used for index, row in enumerate(listing.rows) for used in dialect.used(row, f"data[{index}]"))


def tokens_at(result: JsonObject, name: str, where: str, *, needed: bool = False) -> int:
    """Return a count of tokens; 0 where a kind of token that is not needed is not told.

    Raises:
        SourceDrifted: it is missing and needed, or is no count.
    """
    value = result.get(name)
    if value is None and not needed:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _MOST_TOKENS:
        raise SourceDrifted(f"{where}.{name} is {kind_of(value)} where a count of tokens belongs")
    return value
