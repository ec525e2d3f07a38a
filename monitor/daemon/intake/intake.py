"""Where items are taken in: a thread of their own checks, prices and writes them, so that nothing else waits."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import structlog

from monitor.core.errors import LedgerError
from monitor.daemon.answers import parse_json
from monitor.daemon.intake.item import ItemRefused, read_item
from monitor.daemon.intake.priced import record_of
from monitor.ledger.ledger import Ledger
from monitor.ledger.record import RequestRecord
from monitor.prices import PriceBook

log = structlog.get_logger()

MOST_ITEMS = 1_000
# How many seconds a write waits for its turn while other processes write the ledger.
PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why an item is not in the ledger. `item` is its place; `field` empty stands for all of it."""

    item: int
    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Taken:
    """`records` are in the file, to stay; what is wrong with the others can be told to who sent them."""

    records: tuple[RequestRecord, ...]
    wrong: tuple[Wrong, ...]


class Intake:
    def __init__(
        self,
        ledger: Ledger,
        book: Callable[[], PriceBook],
        keep: timedelta,
        clock: Callable[[], datetime],
        counted: Callable[[str, int], None],
    ) -> None:
        self._ledger = ledger
        self._open_book = book
        self._keep = keep
        self._clock = clock
        self._counted = counted
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="intake")
        self._failing = False
        for result in ("recorded", "refused", "unwritten"):  # A counter that begins at 3 has not risen for Prometheus.
            counted(result, 0)

    async def take(self, body: bytes, *, lines: bool) -> Taken:
        """Write what a body tells: an object, a list of them, or with `lines` one on each line.

        Raises:
            ValueError: it is no JSON, or has more items than are taken at once.
            LedgerError: nothing was written, and it may be sent again.
            SettingsError: the user's file of prices is wrong by now; the same holds.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._take, body, lines)

    def close(self) -> None:
        """Take no more, and close the ledger once what is under way is written."""
        self._thread.submit(self._ledger.close)
        self._thread.shutdown(wait=False)

    def _take(self, body: bytes, lines: bool) -> Taken:  # noqa: FBT001 - an executor hands over no names.
        now = self._clock()
        records: list[tuple[int, RequestRecord]] = []
        wrong: list[Wrong] = []
        for place, content in enumerate(_contents(body, lines=lines)):
            try:
                records.append((place, record_of(read_item(content), self._book, now, self._keep)))
            except ItemRefused as refused:
                wrong += [Wrong(place, field, why) for field, why in refused.wrong.items()]
        unfit = self._write([record for _, record in records])
        wrong += [Wrong(records[number][0], "", f"no ledger can hold it: {why}") for number, why in unfit.items()]
        taken = Taken(tuple(record for number, (_, record) in enumerate(records) if number not in unfit), tuple(wrong))
        self._counted("recorded", len(taken.records))
        self._counted("refused", len({one.item for one in wrong}))
        return taken

    def _write(self, records: Sequence[RequestRecord]) -> Mapping[int, Exception]:
        try:
            unfit = self._ledger.write(records)
        except LedgerError as error:
            if not self._failing:
                log.error("requests that programs tell cannot be recorded", error=str(error))  # noqa: TRY400
            self._failing = True
            self._counted("unwritten", len(records))
            raise
        if self._failing:
            log.info("requests that programs tell are recorded again")
        self._failing = False
        return unfit

    @cached_property
    def _book(self) -> PriceBook:
        return self._open_book()


def _contents(body: bytes, *, lines: bool) -> Sequence[object]:
    if lines:
        contents: object = list(map(_content, filter(bytes.strip, body.splitlines())))
    else:
        try:
            contents = parse_json(body)
        except ValueError as error:
            raise ValueError(f"is no JSON: {error}") from None
    contents = contents if isinstance(contents, list) else [contents]
    if len(contents) > MOST_ITEMS:
        raise ValueError(f"has {len(contents):,} items, and at most {MOST_ITEMS:,} are taken at once")
    return contents


def _content(line: bytes) -> object:
    try:
        return parse_json(line)
    except ValueError:
        return None
