"""The record of an application's own requests: what it spent, known at once, and estimated from prices."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import Connection
from urllib.parse import unquote, urlsplit

from monitor.core.errors import LedgerError, SourceUnavailable
from monitor.core.money import Money
from monitor.core.spending.readings import Observation, Provenance, Reading
from monitor.core.windows import Window
from monitor.daemon.http import Http
from monitor.daemon.sources.account import Account
from monitor.daemon.sources.calendar import Calendar
from monitor.daemon.sources.kind import LIVE, Kind
from monitor.ledger.losses import lost
from monitor.ledger.reading import reading
from monitor.ledger.sums import Dimension, Line, breakdown

_PARTS = (Dimension.MODEL, Dimension.PROJECT, Dimension.KEY)
# A request without a project or a key counts under this one, so that the parts add up to the whole.
_NONE = "-"
_WHOLE_EVERY = timedelta(hours=1)


class LedgerSource:
    """Reads the ledger at the account's address. Requests in another currency than the account's are another's."""

    def __init__(self, account: Account, http: Http) -> None:  # noqa: ARG002 - no request is made.
        self._path = Path(unquote(urlsplit(account.base_url or "").path))
        self._account = account
        self._whole_at: datetime | None = None

    async def fetch(self, now: datetime) -> Observation:
        """Return the cost of today, yesterday and this month, and of their parts.

        At first and then once an hour also that of the other days of this month and the last, for what arrives late.

        Raises:
            SourceUnavailable: there is no ledger yet, or it cannot be read.
        """
        began = time.monotonic()
        try:
            readings, missing = await asyncio.to_thread(self._read, now)
        except LedgerError as error:
            raise SourceUnavailable(str(error)) from error
        latency = timedelta(seconds=time.monotonic() - began)
        return Observation(readings, now, latency, provenance=Provenance.ESTIMATED, lost=missing)

    async def close(self) -> None:
        """Nothing is open between two polls."""

    def _read(self, now: datetime) -> tuple[tuple[Reading, ...], int]:
        """Return what was spent, and how many requests of this month were lost and are not in that."""
        calendar = Calendar.at(now, self._account.timezone or UTC)
        first_of_last, last_of_last = calendar.last_month
        whole = self._whole_at is None or now - self._whole_at >= _WHOLE_EVERY
        days = (calendar.today - first_of_last).days + 1
        with reading(self._path) as connection:
            found: list[Reading] = []
            for ago in reversed(range(days if whole else 2)):
                found += self._of(connection, calendar.day(calendar.today - timedelta(days=ago)), parts=ago < 2)
            for month in (last_of_last, calendar.today) if whole else (calendar.today,):
                found += self._of(connection, calendar.month(month), parts=True)
            missing = lost(connection, calendar.month(calendar.today))
        self._whole_at = now if whole else self._whole_at
        return tuple(found), missing

    def _of(self, connection: Connection, span: Window, *, parts: bool) -> Iterator[Reading]:
        whole = [line for line in breakdown(connection, span) if self._is_ours(line)]
        if not whole:
            yield Reading(span, Money.zero(self._account.currency), tokens=0, requests=0)
        for line in whole:
            yield Reading(span, line.cost, tokens=line.usage.total_tokens, requests=line.requests)
        if not parts:
            return
        for line in breakdown(connection, span, Dimension.MODEL):
            if self._is_ours(line):
                yield self._part(line, span, line.labels[Dimension.MODEL])
        lines = [line for line in breakdown(connection, span, *_PARTS) if self._is_ours(line)]
        labels = [[line.labels[dimension] or _NONE for dimension in _PARTS] for line in lines]
        if any((project, key) != (_NONE, _NONE) for _, project, key in labels):
            for line, names in zip(lines, labels, strict=True):
                yield self._part(line, span, *names)

    def _part(
        self, line: Line, span: Window, model: str, project: str | None = None, key: str | None = None
    ) -> Reading:
        return Reading(span, line.cost, model, project, key, line.usage.total_tokens, line.requests)

    def _is_ours(self, line: Line) -> bool:
        return line.cost.currency == self._account.currency


KIND = Kind(
    factory=LedgerSource,
    # The settings fill it in: the file that MONITOR_LEDGER names.
    base_url=None,
    key="none",
    needs_key=False,
    # A file on this machine, which has a request as soon as it was answered.
    interval=timedelta(seconds=10),
    lateness=LIVE,
    grain=LIVE,
    breakdowns=("model", "project", "key"),
)
