"""The first account is asked before all is imported, and is asked once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.errors import SourceUnavailable
from monitor.core.spending.readings import Observation
from monitor.daemon.start import Ahead

NOW = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)


class Account:
    """Counts how often it is asked; answers when it is let."""

    def __init__(self) -> None:
        self.asked: list[datetime] = []
        self.closed = False
        self.answers = asyncio.Event()
        self.error: SourceUnavailable | None = None

    async def fetch(self, now: datetime) -> Observation:
        self.asked.append(now)
        await self.answers.wait()
        if self.error is not None:
            raise self.error
        return Observation((), now, timedelta())

    async def close(self) -> None:
        self.closed = True


async def test_the_first_fetch_gets_the_answer_that_was_asked_for_ahead_and_the_next_asks_anew() -> None:
    account = Account()
    ahead = Ahead(account, NOW)
    await ahead.leave()
    account.answers.set()

    first = await ahead.fetch(NOW + timedelta(seconds=1))
    second = await ahead.fetch(NOW + timedelta(minutes=1))

    assert (first.as_of, second.as_of) == (NOW, NOW + timedelta(minutes=1))
    assert account.asked == [NOW, NOW + timedelta(minutes=1)]


async def test_a_failure_ahead_is_the_first_fetchs_failure() -> None:
    account = Account()
    account.error = SourceUnavailable("503")
    account.answers.set()
    ahead = Ahead(account, NOW)
    await ahead.leave()

    with pytest.raises(SourceUnavailable, match="503"):
        await ahead.fetch(NOW)


async def test_a_stop_before_anyone_heard_leaves_nothing_behind() -> None:
    account = Account()
    ahead = Ahead(account, NOW)
    await ahead.leave()

    await ahead.close()

    assert account.closed
    assert account.asked == [NOW]
