"""Where orders are taken: the inbox is looked into each second, and what lies there is carried out and answered."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import structlog

from monitor.core.alerting.orders import Answer, Order, Refusal
from monitor.core.errors import InboxError
from monitor.daemon.inbox import Inbox

log = structlog.get_logger()

LOOK_EVERY_SECONDS = 1.0


class Desk:
    """`obey` carries an order out; `in_turn` runs what touches the folder; `stir` is called at each look."""

    def __init__(
        self,
        inbox: Inbox,
        obey: Callable[[Order], Awaitable[Answer]],
        in_turn: Callable[[Callable[[], Any]], Awaitable[Any]],
        stir: Callable[[], None],
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._inbox = inbox
        self._obey = obey
        self._in_turn = in_turn
        self._stir = stir
        self._pause = pause
        self._broken: type[Exception] | None = None

    async def open(self) -> None:
        """Make the inbox, and carry out what was kept in it while no daemon ran."""
        try:
            await self._in_turn(self._inbox.open)
        except InboxError as error:
            log.error("orders cannot be taken; alerting goes on", error=str(error))  # noqa: TRY400 - the message says it.
        await self.take()

    async def run(self) -> None:
        while True:
            await self._pause(LOOK_EVERY_SECONDS)
            try:
                await self.take()
                self._stir()
                self._broken = None
            except Exception as error:
                if type(error) is not self._broken:
                    log.exception("taking orders hit a bug; the daemon goes on, and looks again")
                self._broken = type(error)

    async def take(self) -> None:
        """Carry out what lies in the inbox; it is removed last: a crash in between repeats it and loses nothing."""
        for path, order in await self._in_turn(self._inbox.take):
            answer = await self._carried_out(order)
            log.info("order", order=order.order, by=order.by, answer=answer.words)
            await self._in_turn(partial(self._inbox.answer, path, answer))

    async def _carried_out(self, order: Order) -> Answer:
        try:
            return await self._obey(order)
        except Exception as error:
            log.exception("an order hit a bug; the daemon goes on", order=order.order)
            return Answer(f"a bug in spend-monitor ({type(error).__name__}); see its log", Refusal.IMPOSSIBLE)
