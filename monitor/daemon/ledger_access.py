"""The ledger as the web uses it: beside the loop, one question after the other, and each for a bounded time."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from sqlite3 import Connection
from typing import TypeVar

from monitor.ledger.ledger import Ledger
from monitor.ledger.reading import reading
from monitor.prices import PriceBook

WITHIN = timedelta(seconds=5)
_T = TypeVar("_T")


class LedgerAccess:
    """`book` is opened for each question, in the thread: prices are slow to load, and most daemons never need them."""

    def __init__(self, path: Path, book: Callable[[], PriceBook]) -> None:
        self._path = path
        self._book = book
        self._turn = asyncio.Lock()

    @property
    def exists(self) -> bool:
        return self._path.exists()

    async def ask(self, question: Callable[[Connection, PriceBook], _T]) -> _T:
        """Return the answer.

        Raises:
            LedgerError: there is no ledger, it cannot be read, or that takes too long.
            SettingsError: the user's file of prices is wrong by now.
        """
        async with self._turn:
            return await asyncio.to_thread(self._answer, question)

    async def change(self, change: Callable[[Connection], _T]) -> _T:
        """Carry out a change whole or not at all, and return what it does; raises LedgerError."""
        return await asyncio.to_thread(self._carry_out, change)

    def _answer(self, question: Callable[[Connection, PriceBook], _T]) -> _T:
        with reading(self._path, WITHIN) as connection:
            return question(connection, self._book())

    def _carry_out(self, change: Callable[[Connection], _T]) -> _T:
        ledger = Ledger(self._path)
        try:
            with ledger.transaction() as connection:
                return change(connection)
        finally:
            ledger.close()
